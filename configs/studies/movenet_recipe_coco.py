"""The MoveNet article's recipe on COCO persons, one change at a time.

Each trains from random weights for 10 epochs on crops of 128 x 128, which is
about ten minutes of one core; the last three, with other backbones, take
longer. Two seeds of ``article`` tell what is chance.

python tools/run_study.py configs/studies/movenet_recipe_coco.py --out DIR
"""

title = "The MoveNet article's recipe on COCO persons"
metric = 'MeanOKS'
ylabel = 'mean OKS'
# times are given relative to its backbone, without a head
reference = 'movenet-article_shufflenetv2-0.75_1xb32-10e_coco-128x128'

rungs = [dict(name='article', config=reference, seeds=(0, 1))]

_codec = {
    'center-keypoints': dict(center='keypoints'),
    'kernel-gaussian': dict(kernel='gaussian'),
    'kernel-fixed': dict(kernel_radius=3),
    'dense-regression': dict(regression_radius=3),
    'dense-offset': dict(offset_radius=3),
    'official-targets': dict(preset='official'),
}
_focal = dict(type='PenaltyReducedFocalLoss')
_bone = dict(
    type='BoneLengthLoss',
    input_size=(128, 128),
    dataset='PeopleDataset',
    loss_weight=5.0,
)
_head = {
    'focal': dict(loss_center=_focal, loss_heatmap=_focal),
    'equal-weights': dict(
        loss_center=dict(loss_weight=1.0),
        loss_regression=dict(loss_weight=1.0),
    ),
    'learned-weights': dict(learn_weights=True),
    'bone': dict(loss_bone=_bone),
    'soft-sign': dict(soft_sign=True),
}
# steps of the training's pipeline
_scale, _drop = '4', '7'
_augmentation = {
    'scale-aware-crop': {_scale: dict(prob=0.588)},
    'drop-joint-square': {_drop: dict(prob=0.3)},
    'drop-anywhere-circle': {
        _drop: dict(
            prob=0.3, shape='circle', at='anywhere', half_size=(0.08, 0.16)
        )
    },
}
_backbone = {
    'shufflenetv2-1.0': dict(
        backbone=dict(arch=(116, 232, 464)),
        neck=dict(in_channels=(116, 232, 464)),
    ),
    'mobilenetv3-small': dict(
        backbone=dict(
            _delete_=True,
            type='LightMobileNetV3',
            arch='small',
            out_indices=(1, 3, 8),
        ),
        neck=dict(in_channels=(16, 24, 48), widths=(32, 64)),
    ),
    'mobilenetv2': dict(
        backbone=dict(
            _delete_=True,
            type='MobileNetV2',
            out_indices=(1, 2, 3, 7),
            conv_cfg=dict(type='Conv2dAdaptivePadding'),
        ),
        neck=dict(in_channels=(24, 32, 64, 1280), widths=(24, 32, 64)),
    ),
}

ablations = []
for _name, _change in _codec.items():
    ablations.append(dict(name=_name, like='article', codec=_change))
for _name, _change in _head.items():
    _options = dict(model=dict(head=_change))
    if _name == 'learned-weights':
        _mult = dict(custom_keys=dict(log_vars=dict(decay_mult=0.0)))
        _options.update(optim_wrapper=dict(paramwise_cfg=_mult))
    ablations.append(
        dict(
            name=_name,
            like='article',
            options=_options,
            export=_name == 'soft-sign',
        )
    )
for _name, _change in _augmentation.items():
    _options = dict(train_dataloader=dict(dataset=dict(pipeline=_change)))
    ablations.append(dict(name=_name, like='article', options=_options))
for _name, _change in _backbone.items():
    ablations.append(
        dict(
            name=_name,
            like='article',
            options=dict(model=_change),
            export=True,
        )
    )
