"""Leeds Sports Pose, official split, 14 keypoints."""

_base_ = ['./coco_person.py']

data_root = '{{$LIGHTKPT_DATA:data}}/lsp/'
dataset_type = 'LspDataset'

train_dataloader = dict(dataset=dict(type='LspDataset', data_root=data_root))
val_dataloader = dict(
    dataset=dict(
        type='LspDataset',
        data_root=data_root,
        ann_file='annotations/test.json',
    )
)
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='PixelPCK'),
    dict(type='TorsoPCK', groups=True),
    dict(type='MeanOKS'),
    dict(type='ScoreCalibration', rule='TorsoPCK'),
]
test_evaluator = val_evaluator
