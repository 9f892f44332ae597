"""The ladder's strongest light heads at the article's size, on other
backbones, and the peer to beat, all from random weights on COCO persons.

python tools/run_study.py configs/studies/peers_coco.py --out DIR
"""

title = 'Other sizes and backbones on COCO persons'
metric = 'coco/AP'
ylabel = 'AP, annotated boxes'
# times are given relative to its backbone, without a head
reference = 'ipr_mobilenetv3-small_1xb16-5e_coco-256x192'

_backbones = [
    'mobilenetv3-small',
    'shufflenetv2-0.75',
    'mobilenetv2',
    'cspnext-tiny',
]
rungs = []
for _backbone in _backbones:
    for _method in ('simcc', 'ipr-dsnt-rle'):
        _config = f'{_method}_{_backbone}_1xb16-5e_coco-256x192'
        rungs.append(dict(name=f'{_method}_{_backbone}', config=_config))
_config = 'ipr-dsnt-rle_mobilenetv3-small_1xb16-5e_coco-256x256'
rungs.append(dict(name='ipr-dsnt-rle-256x256', config=_config))
_config = 'rtmpose_cspnext-tiny_1xb16-5e_coco-256x192'
rungs.append(dict(name='rtmpose_cspnext-tiny', config=_config))
