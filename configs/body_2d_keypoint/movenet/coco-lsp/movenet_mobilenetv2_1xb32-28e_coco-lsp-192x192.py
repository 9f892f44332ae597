_base_ = ['../coco/movenet_mobilenetv2_1xb32-28e_coco-192x192.py']

val_dataloader = dict(
    dataset=dict(
        type='LspAsCocoDataset',
        data_root='{{$LIGHTKPT_DATA:data}}/lsp/',
        ann_file='annotations/test.json',
    )
)
test_dataloader = val_dataloader

# COCO's left shoulder and right hip; its joints without the face.
val_evaluator = [
    dict(type='PixelPCK'),
    dict(type='TorsoPCK', torso=(5, 12), joints=range(5, 17), groups=True),
    dict(type='MeanOKS'),
]
test_evaluator = val_evaluator
