"""The separable convolution of MoveNet's neck and heads."""

from __future__ import annotations

from typing import Optional

from mmcv.cnn import ConvModule
from torch import nn

__all__ = ['separable_conv']


def separable_conv(
    inside: int, outside: int, norm_cfg: Optional[dict]
) -> nn.Sequential:
    """Depthwise 3x3 without activation, then 1x1 with norm and ReLU.

    Unlike mmcv's ``DepthwiseSeparableConvModule`` as used by default, the
    depthwise half has no norm and no activation: this is how Google's graph
    has it, and fire717's has not.
    """
    depthwise = nn.Conv2d(inside, inside, 3, padding=1, groups=inside)
    return nn.Sequential(
        depthwise, ConvModule(inside, outside, 1, norm_cfg=norm_cfg)
    )
