"""Google's Lightning for several people: the boxes learn, all else stays.

tools/import_movenet.py writes lightning.pth.
"""

_base_ = ['movenet-multi_mobilenetv2_1xb32-28e_coco-256x256.py']
load_from = 'lightning.pth'

max_epochs = 10
train_cfg = dict(max_epochs=max_epochs, val_interval=2)
custom_hooks = _base_.custom_hooks + [
    dict(type='FreezeHook', trained=['head.box_offset', 'head.box_size'])
]
