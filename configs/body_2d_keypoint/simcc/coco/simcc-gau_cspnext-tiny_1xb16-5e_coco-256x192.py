_base_ = [
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/schedules/ladder.py',
    '../../../_base_/models/cspnext-tiny.py',
]

codec = dict(type='LightSimCCLabel', input_size=(192, 256))

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
        type='LightSimCCHead',
        in_channels=384,
        num_keypoints=17,
        in_featuremap_size=(6, 8),
        kernel_size=7,
        gau=dict(hidden_dims=256, s=128),
        decoder=codec,
    ),
)
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
