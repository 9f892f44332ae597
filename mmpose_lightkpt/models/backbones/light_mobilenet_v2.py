"""MobileNetV2 whose stages and last convolution may have any width."""

from __future__ import annotations

from typing import Optional, Sequence

from mmcv.cnn import ConvModule
from mmpose.models.backbones import MobileNetV2
from mmpose.registry import MODELS

from .narrowing import narrow_from_checkpoint

__all__ = ['LightMobileNetV2']


@MODELS.register_module()
class LightMobileNetV2(MobileNetV2):
    """MMPose's ``MobileNetV2``, with ``arch`` and ``last_channels``.

    MMPose widens the last convolution with the others, as the paper does for
    multipliers above 1: 2,240 channels for 1.75. Google's MoveNet Thunder has
    1,280 there. For keypoints the widest stages may as well be left out, and
    hidden layers made narrower; what is left can still begin with the weights
    of a whole network.

    Args:
        arch: stages as (expand_ratio, channels, blocks, stride); the paper's
            seven by default.
        last_channels: of the convolution after the last stage; what MMPose
            takes when None, and 0 leaves it out.
        narrow_from: checkpoint of a MobileNetV2 x1.0, as MMPose, torchvision
            or others have it, to begin from: its strongest hidden channels
            are taken, see :func:`.narrowing.narrow_from_checkpoint`. Read
            when weights are initialised, that is for training only.
        out_indices: stages to return; ``len(arch)`` is the last convolution.
        kwargs: as of ``MobileNetV2``.

    Raises:
        ValueError: ``last_channels`` is negative, a stage is malformed, or
            ``out_indices`` names one that is not there.
        TypeError: ``MobileNetV2`` has no such argument.
    """

    def __init__(
        self,
        arch: Optional[Sequence[Sequence[int]]] = None,
        last_channels: Optional[int] = None,
        narrow_from: Optional[str] = None,
        out_indices: Sequence[int] = (7,),
        **kwargs,
    ):
        arch = self._check_arch(arch or self.arch_settings)
        self._check_rest(len(arch), last_channels, out_indices)
        # read by MMPose's constructor in place of the class's own
        self.__dict__['arch_settings'] = arch
        super().__init__(out_indices=out_indices, **kwargs)
        self.narrow_from = narrow_from
        if last_channels == 0:
            del self.conv2
            self.layers.remove('conv2')
        elif last_channels is not None:
            self.out_channel = last_channels
            self.conv2 = ConvModule(
                self.in_channels,
                last_channels,
                1,
                conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                act_cfg=self.act_cfg,
            )

    @staticmethod
    def _check_arch(arch) -> list:
        for stage in arch:
            positive = all(isinstance(v, int) and v > 0 for v in stage)
            if len(stage) != 4 or not positive or stage[3] not in (1, 2):
                raise ValueError(
                    'LightMobileNetV2: a stage of arch must be (expand_ratio, '
                    'channels, blocks, stride), whole and positive, the '
                    f'stride 1 or 2; got {tuple(stage)}'
                )
        return [list(stage) for stage in arch]

    @staticmethod
    def _check_rest(stages, last_channels, out_indices) -> None:
        if last_channels is not None and last_channels < 0:
            raise ValueError(
                'LightMobileNetV2: last_channels must not be negative, got '
                f'{last_channels}'
            )
        count = stages + (last_channels != 0)
        if not all(0 <= index < count for index in out_indices):
            raise ValueError(
                f'LightMobileNetV2: out_indices must be from 0 to {count - 1} '
                f'with these stages, got {tuple(out_indices)}'
            )

    def init_weights(self) -> None:
        """As MMPose does it, then from ``narrow_from`` if there is one."""
        super().init_weights()
        if self.narrow_from is not None:
            narrow_from_checkpoint(self, self.narrow_from)
