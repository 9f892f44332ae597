"""From Google's Lightning on; tools/import_movenet.py writes lightning.pth."""

_base_ = [
    '../../../_base_/schedules/adamw.py',
    '../../../_base_/datasets/coco_person_tight.py',
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
# no PeopleInCrop: whoever else is in the crop is to be passed over
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

model = dict(head=dict(num_keypoints=17, decoder=codec))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

max_epochs = 16
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=4e-4, weight_decay=0.05))
default_hooks = dict(checkpoint=dict(save_best='coco/AP'))
