"""RTMPose-s as MMPose has it: CSPNeXt-s, otherwise as RTMPose-t."""

_base_ = ['./rtmpose-t.py']

model = dict(
    backbone=dict(deepen_factor=0.33, widen_factor=0.5),
    head=dict(in_channels=512),
)
