"""LSP and LSP Extended to train on, LSP's official test set to judge by.

The labels of LSP Extended are noisy; it is never tested on.
"""

_base_ = ['./lsp.py']

train_dataloader = dict(
    dataset=dict(
        also=[
            dict(
                data_root='{{$LIGHTKPT_DATA:data}}/lspet/',
                ann_file='annotations/train.json',
                data_prefix=dict(img='images/'),
            )
        ]
    )
)
