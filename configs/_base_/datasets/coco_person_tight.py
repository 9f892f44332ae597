"""Persons of COCO in crops as tight as their boxes, hardly rotated."""

_base_ = ['./coco_person.py']

load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
]
augment = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        scale_factor=(0.8, 1.3),
        rotate_factor=40,
        rotate_prob=0.5,
    ),
]
