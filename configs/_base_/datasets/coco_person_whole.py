"""COCO photographs as a whole, with everybody's 17 keypoints."""

data_root = '{{$LIGHTKPT_DATA:data}}/coco_person/'
# MMPoseInferencer reads these two
dataset_type = 'PeopleDataset'
data_mode = 'bottomup'

# No category_id: CocoMetric takes it for one person's.
meta_keys = (
    'id',
    'img_id',
    'img_path',
    'ori_shape',
    'img_shape',
    'input_size',
    'input_center',
    'input_scale',
    'flip_indices',
    'raw_ann_info',
)
load = [dict(type='LoadImage')]
flip = [dict(type='RandomFlip', direction='horizontal')]
zoom = dict(
    type='BottomupRandomAffine',
    shift_factor=0.15,
    scale_factor=(0.4, 1.1),  # share of the photograph that is shown
    scale_type='long',
    bbox_keep_corner=False,
)
colour = [dict(type='YOLOXHSVRandomAug')]
pack = [dict(type='PackPoseInputs', meta_keys=meta_keys)]

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='EpochSampler', shuffle=True),
    dataset=dict(
        type='PeopleDataset',
        data_mode='bottomup',
        data_root=data_root,
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/'),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='PeopleDataset',
        data_mode='bottomup',
        data_root=data_root,
        ann_file='annotations/val.json',
        data_prefix=dict(img='images/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

# Not everybody is labelled: who resembles nobody labelled is no error.
val_evaluator = [
    dict(type='WholeImageAP', ann_file=data_root + 'annotations/val.json')
]
test_evaluator = val_evaluator
