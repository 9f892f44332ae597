"""From Google's Lightning on, with targets of the crop's own person alone.

lightning.pth is what tools/import_movenet.py writes.
"""

_base_ = [
    '../../../_base_/schedules/adamw.py',
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/models/movenet_mobilenetv2.py',
]
load_from = 'lightning.pth'

codec = dict(
    type='MoveNetLabel',
    input_size=(192, 192),
    stride=4,
    preset='official',
    min_sigma_cells=1.5,
)
# as tight as Lightning likes it best
load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        scale_factor=(0.8, 1.3),
        rotate_factor=40,
        rotate_prob=0.5,
    ),
]
# no PeopleInCrop: other people in the crop are to be passed over
train_pipeline = (
    load
    + augment
    + [dict(type='TopdownAffine', input_size=codec['input_size'])]
    + _base_.colour
    + [
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
)
val_pipeline = load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(head=dict(num_keypoints=17, decoder=codec))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 16
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=4e-4, weight_decay=0.05))
default_hooks = dict(checkpoint=dict(save_best='coco/AP'))
