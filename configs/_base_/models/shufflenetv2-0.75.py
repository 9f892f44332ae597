"""MoveNet's pruned ShuffleNetV2, its last stage: 192 maps at stride 16."""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='LightShuffleNetV2', arch='0.75'),
    test_cfg=dict(flip_test=False),
)
