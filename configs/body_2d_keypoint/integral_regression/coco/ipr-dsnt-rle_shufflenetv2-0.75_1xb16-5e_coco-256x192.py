_base_ = [
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/schedules/ladder.py',
    '../../../_base_/models/shufflenetv2-0.75.py',
]

codec = dict(
    type='IntegralRLELabel', input_size=(192, 256), heatmap_size=(12, 16)
)

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
    head=dict(
        type='IPRHead',
        in_channels=192,
        num_keypoints=17,
        sigma='gap',
        loss=dict(type='RLEDSNTLoss'),
        decoder=codec,
    ),
)
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
