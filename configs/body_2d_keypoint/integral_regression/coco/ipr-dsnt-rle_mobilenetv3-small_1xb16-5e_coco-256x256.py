_base_ = [
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/schedules/ladder.py',
    '../../../_base_/models/mobilenetv3-small.py',
]

codec = dict(
    type='IntegralRLELabel',
    input_size=(256, 256),
    heatmap_size=(8, 8),
    sigma_cells=2.0,
)
affine = dict(type='TopdownAffine', input_size=codec['input_size'])

train_pipeline = (
    _base_.load
    + _base_.augment
    + [affine]
    + _base_.colour
    + [
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
)
val_pipeline = _base_.load + [affine, dict(type='PackPoseInputs')]

model = dict(
    head=dict(
        type='IPRHead',
        in_channels=96,
        num_keypoints=17,
        temperature=16.0,
        sigma='gap',
        loss=dict(type='RLEDSNTLoss'),
        decoder=codec,
    ),
)
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
