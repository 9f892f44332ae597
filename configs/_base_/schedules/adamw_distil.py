"""Eighteen epochs beside a teacher, the best on COCO kept."""

_base_ = ['./adamw.py']

max_epochs = 18
train_cfg = dict(max_epochs=max_epochs, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.05))
default_hooks = dict(checkpoint=dict(save_best='coco/AP'))
