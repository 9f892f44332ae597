"""MoveNet as its article prunes it: ShuffleNetV2 64/128/192 and FPN."""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='LightShuffleNetV2', arch='0.75'),
    neck=dict(
        type='LightFPN',
        in_channels=(64, 128, 192),
        widths=(64, 128),
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
