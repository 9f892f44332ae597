"""Google's MoveNet Lightning: MobileNetV2 x1.0 with SAME padding and FPN."""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type='MobileNetV2',
        widen_factor=1.0,
        out_indices=(1, 2, 3, 7),
        conv_cfg=dict(type='Conv2dAdaptivePadding'),
    ),
    neck=dict(
        type='LightFPN',
        in_channels=(24, 32, 64, 1280),
        widths=(24, 32, 64),
        out_channels=24,
    ),
    # One centre map would weigh as much as all heatmaps, and a regression
    # ten cells off as much as both.
    head=dict(
        type='MoveNetHead',
        in_channels=24,
        loss_center=dict(type='ForegroundMSELoss', loss_weight=0.2),
        loss_regression=dict(type='MaskedL1Loss', loss_weight=0.2),
    ),
    test_cfg=dict(flip_test=False),
)
