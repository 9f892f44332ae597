_base_ = [
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/schedules/ladder.py',
    '../../../_base_/models/rtmpose-s.py',
]

codec = dict(
    type='SimCCLabel',
    input_size=(192, 256),
    sigma=(4.9, 5.66),
    normalize=False,
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
        out_channels=17,
        input_size=codec['input_size'],
        in_featuremap_size=(6, 8),
        decoder=codec,
    ),
)
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
