_base_ = [
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/schedules/ladder.py',
    '../../../_base_/models/mobilenetv3-small.py',
]

codec = dict(type='RegressionLabel', input_size=(192, 256))

train_pipeline = (
    _base_.load
    + _base_.augment
    + [dict(type='TopdownAffine', input_size=codec['input_size'])]
    + _base_.colour
    + [
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
)
val_pipeline = _base_.load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LightRLEHead',
        in_channels=96,
        num_keypoints=17,
        loss=dict(type='SafeRLELoss'),
        decoder=codec,
    ),
)
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
