"""Google's MoveNet Thunder: Lightning with a MobileNetV2 x1.75."""

_base_ = ['./movenet_mobilenetv2.py']

model = dict(
    backbone=dict(
        type='LightMobileNetV2', widen_factor=1.75, last_channels=1280
    ),
    neck=dict(in_channels=(40, 56, 112, 1280)),
)
