"""MobileNetV3 as the paper has it, with torchvision's layers and keys."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple, Union

from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torchvision.models import mobilenet_v3_large, mobilenet_v3_small

__all__ = ['LightMobileNetV3']


@MODELS.register_module()
class LightMobileNetV3(BaseModule):
    """MobileNetV3 small or large (Howard et al., ICCV 2019).

    It is torchvision's network without its classifier, so that its ImageNet
    weights load key by key::

        init_cfg = dict(
            type='Pretrained', checkpoint='torchvision://mobilenet_v3_small'
        )

    MMPose's ``MobileNetV3`` is another network: its first block expands, its
    gates are ``clip((x + 1) / 2)``, its 'big' strides one block late, and no
    published weights fit it.

    ``features`` are counted as torchvision does: 0 is the stem at stride 2,
    then one for each block, then a 1x1 convolution to six times the width.
    Small: 1 at stride 4, 2-3 at 8, 4-8 at 16 (40, 48 channels), 9-11 at 32
    (96), 12 (576). Large: 1 at stride 2, 2-3 at 4, 4-6 at 8, 7-12 at 16 (80,
    112), 13-15 at 32 (160), 16 (960).

    Args:
        arch: ``'small'`` or ``'large'``.
        out_indices: features that are returned, increasing; the last block
            by default. What comes after the last of them is not built.
        widen_factor: factor of all widths, rounded to multiples of 8.
        init_cfg: initialisation; Kaiming by default.

    Raises:
        ValueError: unknown arch, wrong out_indices or widen_factor.
    """

    archs = {'small': mobilenet_v3_small, 'large': mobilenet_v3_large}

    def __init__(
        self,
        arch: str = 'small',
        out_indices: Optional[Sequence[int]] = None,
        widen_factor: float = 1.0,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(
            init_cfg
            or [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        )
        if arch not in self.archs:
            raise ValueError(
                f'LightMobileNetV3: arch must be one of {sorted(self.archs)}, '
                f'got {arch!r}'
            )
        if not widen_factor > 0:
            raise ValueError(
                'LightMobileNetV3: widen_factor must be positive, got '
                f'{widen_factor}'
            )
        layers = self.archs[arch](width_mult=widen_factor).features
        self.out_indices = self._indices(out_indices, len(layers))
        self.features = layers[: self.out_indices[-1] + 1]
        self._register_load_state_dict_pre_hook(self._drop_what_is_not_built)

    @staticmethod
    def _indices(wanted: Optional[Sequence[int]], num: int) -> Tuple[int, ...]:
        if wanted is None:
            return (num - 2,)
        indices = tuple(wanted)
        if (
            not indices
            or list(indices) != sorted(set(indices))
            or not all(0 <= index < num for index in indices)
        ):
            raise ValueError(
                'LightMobileNetV3: out_indices must be increasing numbers '
                f'from 0 to {num - 1}, got {wanted!r}'
            )
        return indices

    def _drop_what_is_not_built(self, state_dict, prefix, *_) -> None:
        """Let torchvision's whole state dict fit: it has a classifier."""
        for key in list(state_dict):
            part, _, rest = key[len(prefix) :].partition('.')
            if not key.startswith(prefix):
                continue
            late = part == 'features' and int(rest.split('.')[0]) >= len(
                self.features
            )
            if part == 'classifier' or late:
                del state_dict[key]

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """Images (N, 3, H, W) to one map (N, C, H/s, W/s) per out_index."""
        outputs = []
        layers: nn.Sequential = self.features
        for index, layer in enumerate(layers):
            x = layer(x)
            if index in self.out_indices:
                outputs.append(x)
        return tuple(outputs)
