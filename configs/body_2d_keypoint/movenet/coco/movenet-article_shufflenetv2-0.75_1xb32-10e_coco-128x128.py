"""The MoveNet article's targets, and all of its recipe to be switched on."""

_base_ = [
    '../../../_base_/schedules/adamw.py',
    '../../../_base_/datasets/coco_person.py',
    '../../../_base_/models/movenet_shufflenetv2-0.75.py',
]

codec = dict(type='MoveNetLabel', input_size=(128, 128), preset='article')
# proposed by tools/person_areas.py for areas of 0.05, 0.2 and 0.6
sizes = [0.0384, 0.1189, 0.1727, 0.1511, 0.1506]
sizes += [0.1292, 0.1096, 0.0759, 0.0443, 0.0093]
edges = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
scale = dict(type='ScaleAwareCrop', edges=edges, weights=sizes, prob=0.0)

train_pipeline = (
    _base_.load
    + _base_.augment
    + [dict(scale, input_size=codec['input_size'])]
    + [dict(type='TopdownAffine', input_size=codec['input_size'])]
    + _base_.colour
    + [
        dict(type='InformationDrop', prob=0.0),
        dict(type='PeopleInCrop'),
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
)
val_pipeline = _base_.load + [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]

model = dict(head=dict(num_keypoints=17, decoder=codec))
train_cfg = dict(max_epochs=10, val_interval=10)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = _base_.val_evaluator + [dict(type='LegacyFire717Accuracy')]
test_evaluator = val_evaluator
