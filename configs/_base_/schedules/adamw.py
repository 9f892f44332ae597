"""The runtime, with AdamW, a short warm-up, then a cosine down to zero."""

_base_ = ['../runtime.py']

max_epochs = 28
base_lr = 1.5e-3

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=4)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=base_lr, weight_decay=0.01),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(
        type='CosineAnnealingLR',
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(base_batch_size=32)
