"""The regression ladder on Leeds Sports Pose: one backbone, one schedule.

python tools/run_study.py configs/studies/ladder_lsp.py --out DIR
"""

_base_ = ['../_base_/studies/ipr_ablations.py']

title = 'The regression ladder on LSP'
metric = 'TorsoPCK/mean14'
ylabel = 'TorsoPCK, mean of 14 joints'
# times are given relative to its backbone, without a head
reference = 'ipr_mobilenetv3-small_1xb16-5e_lsp-256x192'

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
    _config = f'{_method}_mobilenetv3-small_1xb16-5e_lsp-256x192'
    rungs.append(dict(name=_method, config=_config))
