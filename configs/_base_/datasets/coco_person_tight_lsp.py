"""Tight crops of COCO persons, twice as often, and of LSP's sportspeople.

LSP names no joint of the face: there only a teacher knows. Judged on COCO.
"""

_base_ = ['./coco_person_tight.py']

_lsp = dict(
    type='LspAsCocoDataset',
    ann_file='annotations/train.json',
    data_prefix=dict(img='images/'),
)
train_dataloader = dict(
    dataset=dict(
        also=[
            dict(
                data_root='{{$LIGHTKPT_DATA:data}}/coco_person/',
                ann_file='annotations/train.json',
                data_prefix=dict(img='images/'),
            ),
            dict(_lsp, data_root='{{$LIGHTKPT_DATA:data}}/lsp/'),
            dict(_lsp, data_root='{{$LIGHTKPT_DATA:data}}/lspet/'),
        ]
    )
)
