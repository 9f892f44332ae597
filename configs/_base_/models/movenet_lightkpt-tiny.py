"""MoveNet on a MobileNetV2 without its widest stages, in half of the time.

Begun with the weights of a whole MobileNetV2 x1.0 on ImageNet, in the file
mobilenet_v2.pth (torchvision's or another's), and taught by what the config
movenet-finetune_... trains, in movenet-finetune.pth. Only to train needs them.
"""

model = dict(
    type='DistilledPoseEstimator',
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
        narrow_from='mobilenet_v2.pth',
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
    teacher=dict(
        config='{{ fileDirname }}/../../body_2d_keypoint/movenet/coco/'
        'movenet-finetune_mobilenetv2_1xb32-16e_coco-192x192.py',
        checkpoint='movenet-finetune.pth',
    ),
    # its answers alone: labels beside them have taught less
    distill=[dict(type='MoveNetMapTerm')],
    own_weight=0,
)
