"""Drawn people, 17 keypoints: see tools/make_toy_people.py."""

_base_ = ['./coco_person.py']

data_root = '{{$LIGHTKPT_DATA:data}}/toy_people/'

train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

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
