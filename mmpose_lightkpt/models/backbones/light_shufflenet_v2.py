"""ShuffleNetV2 with free widths and without max-pool.

ShuffleNet V2 (Ma et al., ECCV 2018, https://arxiv.org/abs/1807.11164),
figure 3 (c) and (d), as the MoveNet article prunes it.
"""

from __future__ import annotations

from typing import Optional, Sequence, Tuple, Union

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

__all__ = ['LightShuffleNetV2']


def _conv(inside: int, outside: int, norm_cfg: dict) -> ConvModule:
    return ConvModule(inside, outside, 1, norm_cfg=norm_cfg)


def _depthwise(channels: int, stride: int, norm_cfg: dict) -> ConvModule:
    return ConvModule(
        channels,
        channels,
        3,
        stride=stride,
        padding=1,
        groups=channels,
        norm_cfg=norm_cfg,
        act_cfg=None,
    )


class ShuffleUnit(nn.Module):
    """One unit: half of the channels pass, half are convolved.

    With stride 2 both halves are convolved, each from all channels.
    """

    def __init__(self, inside: int, outside: int, stride: int, norm_cfg: dict):
        super().__init__()
        half = outside // 2
        self.stride = stride
        start = inside if stride == 2 else half
        self.branch = nn.Sequential(
            _conv(start, half, norm_cfg),
            _depthwise(half, stride, norm_cfg),
            _conv(half, half, norm_cfg),
        )
        if stride == 2:
            self.shortcut = nn.Sequential(
                _depthwise(inside, 2, norm_cfg), _conv(inside, half, norm_cfg)
            )
        # As a module, because pnnx knows it but not the bare function.
        self.shuffle = nn.ChannelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 2:
            left, right = self.shortcut(x), self.branch(x)
        else:
            left, right = x.chunk(2, dim=1)
            right = self.branch(right)
        return self.shuffle(torch.cat([left, right], dim=1))


@MODELS.register_module()
class LightShuffleNetV2(BaseModule):
    """ShuffleNetV2 for small inputs: stem at stride 2, stages at 4, 8, 16.

    Unlike MMPose's ``ShuffleNetV2`` it has no max-pool after the stem, its
    widths are free, and it shuffles by ``nn.ChannelShuffle``, which keeps
    the channels-last memory format in training on a CPU.

    Args:
        arch: ``'0.5'`` (48/96/192), ``'1.0'``, ``'1.5'`` or ``'2.0'`` of the
            paper, ``'0.75'`` (the MoveNet article's pruned 64/128/192, which
            is none of the paper's), or the stages' channels.
        stem_channels: channels of the first convolution.
        blocks: units of each stage.
        out_indices: stages whose output is returned, 0 for stride 4.
        norm_cfg: normalisation; BatchNorm by default.
        init_cfg: initialisation; Kaiming by default.

    Raises:
        ValueError: unknown arch, odd channels, or wrong out_indices.
    """

    archs = {
        '0.5': (48, 96, 192),
        '0.75': (64, 128, 192),
        '1.0': (116, 232, 464),
        '1.5': (176, 352, 704),
        '2.0': (244, 488, 976),
    }

    def __init__(
        self,
        arch: Union[str, Sequence[int]] = '0.75',
        stem_channels: int = 24,
        blocks: Sequence[int] = (4, 8, 4),
        out_indices: Sequence[int] = (0, 1, 2),
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
        channels = self._channels(arch)
        norm_cfg = norm_cfg or dict(type='BN')
        self._check(channels, blocks, out_indices)
        self.out_indices = tuple(out_indices)
        self.stem = ConvModule(
            3, stem_channels, 3, stride=2, padding=1, norm_cfg=norm_cfg
        )
        stages, inside = [], stem_channels
        for outside, num in zip(channels, blocks):
            units = [ShuffleUnit(inside, outside, 2, norm_cfg)]
            units += [
                ShuffleUnit(outside, outside, 1, norm_cfg)
                for _ in range(num - 1)
            ]
            stages.append(nn.Sequential(*units))
            inside = outside
        self.stages = nn.ModuleList(stages)

    def _channels(self, arch) -> Tuple[int, ...]:
        if isinstance(arch, str):
            if arch not in self.archs:
                raise ValueError(
                    f'LightShuffleNetV2: arch must be one of '
                    f'{tuple(self.archs)} or a list of channels, got {arch!r}'
                )
            return self.archs[arch]
        return tuple(arch)

    @staticmethod
    def _check(channels, blocks, out_indices) -> None:
        if len(channels) != len(blocks) or any(n < 1 for n in blocks):
            raise ValueError(
                'LightShuffleNetV2: each stage needs a width '
                'and at least one block, got channels '
                f'{channels} and blocks {tuple(blocks)}'
            )
        if any(c < 2 or c % 2 for c in channels):
            raise ValueError(
                'LightShuffleNetV2: channels must be even, for '
                f'a unit splits them in two; got {channels}'
            )
        if not set(out_indices) <= set(range(len(channels))):
            raise ValueError(
                'LightShuffleNetV2: out_indices must be among '
                f'{tuple(range(len(channels)))}, got '
                f'{tuple(out_indices)}'
            )

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """Map an image (N, 3, H, W) to the features of ``out_indices``."""
        x = self.stem(x)
        outputs = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in self.out_indices:
                outputs.append(x)
        return tuple(outputs)
