"""Persons cropped from COCO photographs, 17 keypoints."""

data_root = '{{$LIGHTKPT_DATA:data}}/coco_person/'
# MMPoseInferencer reads these two
dataset_type = 'PeopleDataset'
data_mode = 'topdown'

load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        scale_factor=(0.75, 1.25),
        rotate_factor=30,
    ),
]
# after the crop, which has fewer pixels than the photograph
colour = [dict(type='YOLOXHSVRandomAug')]

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='EpochSampler', shuffle=True),
    dataset=dict(
        type='PeopleDataset',
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
        data_root=data_root,
        ann_file='annotations/val.json',
        data_prefix=dict(img='images/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

# Boxes are the annotated ones: no NMS, and no score of theirs.
val_evaluator = [
    dict(type='PixelPCK'),
    dict(
        type='CocoMetric',
        ann_file=data_root + 'annotations/val.json',
        score_mode='keypoint',
        nms_mode='none',
    ),
    dict(type='MeanOKS'),
    dict(type='ScoreCalibration'),
]
test_evaluator = val_evaluator
