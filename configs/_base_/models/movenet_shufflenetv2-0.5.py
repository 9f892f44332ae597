"""MoveNet with ShuffleNetV2 x0.5 of the paper, and FPN."""

_base_ = ['./movenet_shufflenetv2-0.75.py']

model = dict(
    backbone=dict(arch='0.5'),
    neck=dict(in_channels=(48, 96, 192), widths=(48, 96)),
)
