"""MoveNet with MobileNetV3-small and FPN, three levels as in the article.

For its ImageNet weights add ``init_cfg=dict(type='Pretrained',
checkpoint='torchvision://mobilenet_v3_small')`` to the backbone.
"""

_base_ = ['./movenet_shufflenetv2-0.75.py']

model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]
    ),
    # the last blocks at strides 4, 8 and 16
    backbone=dict(
        _delete_=True,
        type='LightMobileNetV3',
        arch='small',
        out_indices=(1, 3, 8),
    ),
    neck=dict(in_channels=(16, 24, 48), widths=(32, 64)),
)
