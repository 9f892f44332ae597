"""MobileNetV3-small up to its last block: 96 maps at stride 32.

For its ImageNet weights add ``init_cfg=dict(type='Pretrained',
checkpoint='torchvision://mobilenet_v3_small')`` to the backbone.
"""

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='LightMobileNetV3', arch='small', out_indices=(11,)),
    test_cfg=dict(flip_test=False),
)
