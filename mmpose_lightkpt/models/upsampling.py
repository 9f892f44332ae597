"""Layers that double a map's sides at little cost."""

from __future__ import annotations

from typing import Optional, Sequence

from mmcv.cnn import ConvModule
from torch import nn

__all__ = ['UPSAMPLING', 'upsampling']

UPSAMPLING = ('none', 'deconv', 'pixel_shuffle')


def upsampling(
    kind: str,
    widths: Sequence[int],
    groups: int = 1,
    norm_cfg: Optional[dict] = None,
) -> nn.Sequential:
    """Double H and W as often as there are steps in ``widths``.

    Args:
        kind: ``'deconv'``, grouped as in ViPNAS, or ``'pixel_shuffle'``;
            anything else with one width alone.
        widths: channels, before and after each doubling.
        groups: of each convolution, divides all widths.
        norm_cfg: BatchNorm by default.
    """
    norm_cfg = norm_cfg or dict(type='BN')
    layer = _deconv if kind == 'deconv' else _pixel_shuffle
    return nn.Sequential(
        *(
            layer(inside, outside, groups, norm_cfg)
            for inside, outside in zip(widths, widths[1:])
        )
    )


def _deconv(
    inside: int, outside: int, groups: int, norm_cfg: dict
) -> nn.Module:
    """4x4: 16 C D / g multiply-accumulates per cell that comes in."""
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


def _pixel_shuffle(
    inside: int, outside: int, groups: int, norm_cfg: dict
) -> nn.Module:
    """3x3 to 4 D channels: 36 C D / g per cell that comes in."""
    wide = ConvModule(
        inside, 4 * outside, 3, padding=1, groups=groups, norm_cfg=norm_cfg
    )
    return nn.Sequential(wide, nn.PixelShuffle(2))
