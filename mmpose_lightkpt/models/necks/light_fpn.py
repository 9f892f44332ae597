"""A feature pyramid that ends in one fine map, as MoveNet's."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple, Union

import torch
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from ..separable_conv import separable_conv

__all__ = ['LightFPN']


@MODELS.register_module()
class LightFPN(BaseModule):
    """Join L levels of features, from coarse to fine, into one map.

    Each step is: bilinear x2 (half-pixel), plus a lateral 1x1 convolution of
    the finer level (no activation), then a separable convolution down to the
    width of the level below. ShuffleNetV2-FPN is this neck with three taps,
    MobileNetV2-FPN (Google's) with four.

    Unlike MMDetection's FPN it returns the finest level only, and its levels
    may differ in width.

    Args:
        in_channels: channels of the L levels, fine to coarse, each of half
            the size of the one before.
        widths: widths of the L - 1 finer levels inside of the neck; the
            coarsest is brought to the last of them.
        out_channels: channels of the result.
        norm_cfg: normalisation; BatchNorm by default.
        init_cfg: initialisation; Kaiming by default.

    Raises:
        ValueError: fewer than two levels, or a count of widths other than
            L - 1.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        widths: Sequence[int],
        out_channels: int,
        norm_cfg: Optional[dict] = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(
            init_cfg
            or [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        )
        if len(in_channels) < 2 or len(widths) != len(in_channels) - 1:
            raise ValueError(
                'LightFPN: widths must name one width for each level but the '
                f'coarsest, of at least two levels; got {len(in_channels)} '
                f'in_channels and {len(widths)} widths'
            )
        norm_cfg = norm_cfg or dict(type='BN')
        self.in_channels = tuple(in_channels)
        self.top = nn.Conv2d(in_channels[-1], widths[-1], 1)
        self.laterals = nn.ModuleList(
            nn.Conv2d(c, w, 1) for c, w in zip(in_channels, widths)
        )
        outs = (out_channels,) + tuple(widths[:-1])
        self.convs = nn.ModuleList(
            separable_conv(w, o, norm_cfg) for w, o in zip(widths, outs)
        )
        self.upsample = nn.Upsample(
            scale_factor=2, mode='bilinear', align_corners=False
        )

    def forward(self, feats: Sequence[Tensor]) -> Tuple[Tensor]:
        """Map L levels, fine to coarse, to one map of the finest's size.

        Raises:
            ValueError: the count of levels is not that of ``in_channels``,
                or a level is not twice as large as the next.
        """
        if len(feats) != len(self.in_channels):
            raise ValueError(
                f'LightFPN: expected {len(self.in_channels)} '
                f'levels, got {len(feats)}; check the '
                "backbone's out_indices"
            )
        if not torch.jit.is_tracing():  # there, sizes are tensors
            self._check_halves(feats)
        x = self.top(feats[-1])
        steps = list(zip(feats[:-1], self.laterals, self.convs))
        for fine, lateral, conv in reversed(steps):
            x = conv(self.upsample(x) + lateral(fine))
        return (x,)

    @staticmethod
    def _check_halves(feats: Sequence[Tensor]) -> None:
        for fine, coarse in zip(feats, feats[1:]):
            (h, w), (ch, cw) = fine.shape[2:], coarse.shape[2:]
            if (h, w) != (2 * ch, 2 * cw):
                raise ValueError(
                    f'LightFPN: a level of {h} x {w} cells is not twice as '
                    f'large as the next, {ch} x {cw}; input_size must be '
                    "divisible by the backbone's coarsest stride"
                )
