"""MoveNet with ShuffleNetV2 x1.0 of the paper, and FPN."""

_base_ = ['./movenet_shufflenetv2-0.75.py']

model = dict(backbone=dict(arch='1.0'), neck=dict(in_channels=(116, 232, 464)))
