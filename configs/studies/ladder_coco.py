"""The regression ladder on persons of COCO, and its heads elsewhere.

python tools/run_study.py configs/studies/ladder_coco.py --out DIR
"""

_base_ = ['../_base_/studies/ipr_ablations.py']

title = 'The regression ladder on COCO persons'
metric = 'coco/AP'
ylabel = 'AP, annotated boxes'
# times are given relative to its backbone, without a head
reference = 'ipr_mobilenetv3-small_1xb16-8e_coco-256x192'

_methods = [
    'deeppose',
    'heatmap-3x256',
    'heatmap-3x144g16',
    'rle',
    'simcc',
    'ipr',
    'ipr-rle',
    'ipr-dsnt-rle',
    'ipr-dsnt-rle-debias',
]
rungs = []
for _method in _methods:
    _config = f'{_method}_mobilenetv3-small_1xb16-8e_coco-256x192'
    rungs.append(dict(name=_method, config=_config))

# the article's own size, then the two best heads on other backbones
_config = 'ipr-dsnt-rle_mobilenetv3-small_1xb16-8e_coco-256x256'
rungs.append(dict(name='ipr-dsnt-rle-256x256', config=_config))
for _backbone in ('shufflenetv2-0.75', 'mobilenetv2', 'cspnext-tiny'):
    for _method in ('simcc', 'ipr-dsnt-rle'):
        _config = f'{_method}_{_backbone}_1xb16-8e_coco-256x192'
        rungs.append(dict(name=f'{_method}_{_backbone}', config=_config))
# the peer to beat
_config = 'rtmpose_cspnext-tiny_1xb16-8e_coco-256x192'
rungs.append(dict(name='rtmpose_cspnext-tiny', config=_config))
