"""Layers that double a map's sides at little cost."""

from __future__ import annotations

from typing import Optional

from mmcv.cnn import ConvModule
from torch import nn

__all__ = ['UPSAMPLING', 'upsampling']

UPSAMPLING = ('none', 'deconv', 'pixel_shuffle')


def upsampling(
    kind: str,
    inside: int,
    outside: int,
    groups: int = 1,
    norm_cfg: Optional[dict] = None,
) -> nn.Module:
    """Double H and W, then norm and ReLU.

    Multiply-accumulates per cell that comes in: 16 C D / g for the 4x4
    deconvolution, 36 C D / g for the 3x3 convolution to 4 D channels before
    the shuffle.

    Args:
        kind: ``'deconv'``, grouped as in ViPNAS, or ``'pixel_shuffle'``.
        inside: C, channels that come in.
        outside: D, channels that come out.
        groups: g, must divide both.
        norm_cfg: BatchNorm by default.
    """
    norm_cfg = norm_cfg or dict(type='BN')
    if kind == 'deconv':
        return ConvModule(
            inside,
            outside,
            4,
            stride=2,
            padding=1,
            groups=groups,
            conv_cfg=dict(type='deconv'),
            norm_cfg=norm_cfg,
        )
    wide = ConvModule(
        inside,
        4 * outside,
        3,
        padding=1,
        groups=groups,
        norm_cfg=norm_cfg,
    )
    return nn.Sequential(wide, nn.PixelShuffle(2))
