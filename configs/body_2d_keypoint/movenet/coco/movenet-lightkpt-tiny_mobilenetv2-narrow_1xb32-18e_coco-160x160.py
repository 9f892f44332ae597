"""Half of Lightning's time: begun with ImageNet's weights, taught by a MoveNet.

The teacher is what movenet-finetune_... trains; mobilenet_v2.pth are weights
of a whole MobileNetV2 x1.0 on ImageNet, torchvision's or another's.
"""

_base_ = [
    '../../../_base_/schedules/adamw.py',
    '../../../_base_/datasets/coco_person_tight_lsp.py',
    '../../../_base_/models/movenet_lightkpt-tiny.py',
]

codec = dict(
    type='MoveNetLabel',
    input_size=(160, 160),
    stride=4,
    preset='official',
    min_sigma_cells=1.5,
)
train_pipeline = (
    _base_.load
    + _base_.augment
    + [dict(type='TopdownAffine', input_size=codec['input_size'])]
    + _base_.colour
    + [dict(type='GenerateTarget', encoder=codec), dict(type='PackPoseInputs')]
)
val_pipeline = _base_.load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(
    type='DistilledPoseEstimator',
    backbone=dict(narrow_from='mobilenet_v2.pth'),
    head=dict(num_keypoints=17, decoder=codec),
    teacher=dict(
        config='{{ fileDirname }}/'
        'movenet-finetune_mobilenetv2_1xb32-16e_coco-192x192.py',
        checkpoint='movenet-finetune.pth',
    ),
    distill=[dict(type='MoveNetMapTerm')],
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 18
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.05))
default_hooks = dict(checkpoint=dict(save_best='coco/AP'))
