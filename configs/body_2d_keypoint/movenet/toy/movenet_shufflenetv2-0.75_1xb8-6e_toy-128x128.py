"""What `make demo` trains: minutes on two cores."""

_base_ = [
    '../../../_base_/schedules/adamw_minutes.py',
    '../../../_base_/datasets/toy_people.py',
    '../../../_base_/models/movenet_shufflenetv2-0.75.py',
]

codec = dict(type='MoveNetLabel', input_size=(128, 128), min_sigma_cells=1.2)

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
    head=dict(
        num_keypoints=17,
        decoder=codec,
        hidden_channels=48,
        loss_regression=dict(loss_weight=0.5),
        loss_offset=dict(type='MaskedL1Loss', loss_weight=4.0),
    )
)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,  # workers would take more of two cores than they give
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
