"""MoveNet as its article prunes it: ShuffleNetV2 64/128/192 and FPN."""
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        bgr_to_rgb=True),
    backbone=dict(type='LightShuffleNetV2', arch='0.75'),
    neck=dict(
        type='LightFPN',
        in_channels=(64, 128, 192),
        widths=(64, 128),
        out_channels=24),
    head=dict(type='MoveNetHead', in_channels=24),
    test_cfg=dict(flip_test=False))
