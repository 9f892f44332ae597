"""LSP and LSP Extended to train on, LSP's official test set to judge by.

The labels of LSP Extended are noisy; it is never tested on.
"""

_base_ = ['./lsp.py']

lsp_train = dict(
    type='LspDataset',
    data_root='{{$LIGHTKPT_DATA:data}}/lsp/',
    ann_file='annotations/train.json',
    data_prefix=dict(img='images/'),
)
lspet_train = dict(lsp_train, data_root='{{$LIGHTKPT_DATA:data}}/lspet/')

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='JoinedPeople',
        datasets=[lsp_train, lspet_train],
    )
)
