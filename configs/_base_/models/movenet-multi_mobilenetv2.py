"""MoveNet for several people: Lightning's graph and two box branches."""

_base_ = ['./movenet_mobilenetv2.py']

model = dict(
    type='BottomupPoseEstimator',
    head=dict(
        type='MoveNetMultiHead',
        # Boxes are as far off as the regression, and less exact is enough.
        loss_box_offset=dict(type='MaskedL1Loss', loss_weight=0.1),
        loss_box_size=dict(type='MaskedL1Loss', loss_weight=0.1),
    ),
)
