"""Long beside a teacher, for batches of 256; the best on COCO is kept."""

_base_ = ['./adamw.py']

max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(
    optimizer=dict(lr=3e-3, weight_decay=0.05), clip_grad=dict(max_norm=35)
)
default_hooks = dict(checkpoint=dict(save_best='coco/AP'))
auto_scale_lr = dict(base_batch_size=256)
