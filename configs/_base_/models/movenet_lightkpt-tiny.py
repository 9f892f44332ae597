"""MoveNet on a MobileNetV2 without its widest stages, for half of Lightning's
time.
"""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    # (expand_ratio, channels, blocks, stride); the paper expands by 6
    backbone=dict(
        type='LightMobileNetV2',
        arch=(
            (1, 16, 1, 1),
            (3, 24, 2, 2),
            (4, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (4, 160, 2, 2),
        ),
        last_channels=0,
        out_indices=(1, 2, 4, 5),
    ),
    neck=dict(
        type='LightFPN',
        in_channels=(24, 32, 96, 160),
        widths=(24, 32, 64),
        out_channels=24,
    ),
    head=dict(
        type='MoveNetHead',
        in_channels=24,
        hidden_channels=64,
        loss_center=dict(type='ForegroundMSELoss', loss_weight=0.2),
        loss_regression=dict(type='MaskedL1Loss', loss_weight=0.2),
    ),
    test_cfg=dict(flip_test=False),
)
