"""A quarter of Lightning's time. Weights and teacher: see the base model."""

_base_ = [
    '../../../_base_/schedules/adamw_distil.py',
    '../../../_base_/datasets/coco_person_tight_lsp.py',
    '../../../_base_/models/movenet_lightkpt-nano.py',
]

codec = dict(
    type='MoveNetLabel',
    input_size=(128, 128),
    stride=4,
    preset='official',
    min_sigma_cells=1.5,
)
train_pipeline = (
    _base_.load
    + _base_.augment
    + [dict(type='TopdownAffine', input_size=codec['input_size'])]
    + _base_.colour
    # no targets: what there is to learn the teacher says
    + [dict(type='PackPoseInputs', meta_keys=('id',))]
)
val_pipeline = _base_.load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(head=dict(num_keypoints=17, decoder=codec))
# batches are put together by the workers: a GPU waits less
train_dataloader = dict(
    batch_size=256,
    collate_fn=dict(type='default_collate'),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
