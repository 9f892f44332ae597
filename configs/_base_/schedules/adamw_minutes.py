"""A training of minutes on two cores: small batches, no workers."""

_base_ = ['./adamw.py']

train_cfg = dict(max_epochs=6, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=2e-3, fused=True))
auto_scale_lr = dict(base_batch_size=8)
