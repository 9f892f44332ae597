"""Half as wide and a smaller input, from a teacher of `make demo`'s config."""

_base_ = [
    '../../../_base_/schedules/adamw_minutes.py',
    '../../../_base_/datasets/toy_people.py',
    '../../../_base_/models/movenet_shufflenetv2-0.5.py',
]

codec = dict(type='MoveNetLabel', input_size=(96, 96), min_sigma_cells=1.0)

train_pipeline = _base_.load + [
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PeopleInCrop'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
val_pipeline = _base_.load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(
    type='DistilledPoseEstimator',
    head=dict(num_keypoints=17, decoder=codec, hidden_channels=32),
    teacher=dict(
        config='{{ fileDirname }}/'
        'movenet_shufflenetv2-0.75_1xb8-6e_toy-128x128.py',
        checkpoint='teacher.pth',  # of tools/train.py with that config
    ),
    distill=[dict(type='MoveNetMapTerm')],
)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
