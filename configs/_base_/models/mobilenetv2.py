"""MobileNetV2 x1.0, MMPose's own: 1280 maps at stride 32.

For its ImageNet weights add ``init_cfg=dict(type='Pretrained',
checkpoint='mmcls://mobilenet_v2')`` to the backbone.
"""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='MobileNetV2', widen_factor=1.0, out_indices=(7,)),
    test_cfg=dict(flip_test=False),
)
