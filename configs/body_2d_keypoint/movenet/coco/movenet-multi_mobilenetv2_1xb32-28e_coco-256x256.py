_base_ = [
    '../../../_base_/schedules/adamw.py',
    '../../../_base_/datasets/coco_person_whole.py',
    '../../../_base_/models/movenet-multi_mobilenetv2.py',
]

codec = dict(
    type='MoveNetMultiLabel',
    input_size=(256, 256),
    stride=4,
    preset='official',
    min_sigma_cells=1.5,
)

train_pipeline = (
    _base_.load
    + _base_.flip
    + [dict(_base_.zoom, input_size=codec['input_size'])]
    + _base_.colour
    + [dict(type='GenerateTarget', encoder=codec)]
    + _base_.pack
)
val_pipeline = (
    _base_.load
    + [dict(type='BottomupResize', input_size=codec['input_size'])]
    + _base_.pack
)

model = dict(head=dict(num_keypoints=17, decoder=codec))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='whole/AP'))
# Boxes are tens of cells wide, which small steps from 16 are long to reach.
fast = dict(lr_mult=10)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={'head.box_offset.2': fast, 'head.box_size.2': fast}
    )
)
