"""The regression ladder on persons of COCO.

4,010 persons are too few to begin with: each rung starts from the weights of
its namesake on Leeds Sports Pose, whose study is to be run first.

python tools/run_study.py configs/studies/ladder_lsp.py --out DIR/ladder_lsp
python tools/run_study.py configs/studies/ladder_coco.py --out DIR/ladder_coco
"""

title = 'The regression ladder on COCO persons'
metric = 'coco/AP'
ylabel = 'AP, annotated boxes'
start_from = 'ladder_lsp'
# times are given relative to its backbone, without a head
reference = 'ipr_mobilenetv3-small_1xb16-5e_coco-256x192'

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
    _config = f'{_method}_mobilenetv3-small_1xb16-5e_coco-256x192'
    rungs.append(dict(name=_method, config=_config))
