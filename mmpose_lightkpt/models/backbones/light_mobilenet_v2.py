"""MobileNetV2 whose last convolution may have any width."""

from __future__ import annotations

from typing import Optional

from mmcv.cnn import ConvModule
from mmpose.models.backbones import MobileNetV2
from mmpose.registry import MODELS

__all__ = ['LightMobileNetV2']


@MODELS.register_module()
class LightMobileNetV2(MobileNetV2):
    """MMPose's ``MobileNetV2``, with ``last_channels``.

    MMPose widens the last convolution with the others, as the paper does for
    multipliers above 1: 2,240 channels for 1.75. Google's MoveNet Thunder has
    1,280 there.

    Args:
        last_channels: of the convolution after the last stage; what MMPose
            takes when None.
        kwargs: as of ``MobileNetV2``.

    Raises:
        ValueError: ``last_channels`` is not positive.
        TypeError: ``MobileNetV2`` has no such argument.
    """

    def __init__(self, last_channels: Optional[int] = None, **kwargs):
        super().__init__(**kwargs)
        if last_channels is None:
            return
        if last_channels < 1:
            raise ValueError(
                'LightMobileNetV2: last_channels must be positive, got '
                f'{last_channels}'
            )
        self.out_channel = last_channels
        self.conv2 = ConvModule(
            self.in_channels,
            last_channels,
            1,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
        )
