"""Heads on a backbone that has learnt heatmaps first, on Leeds Sports Pose.

Every head of the ladder that costs next to nothing, and ``control``, which
goes on with the heatmap as long.

python tools/run_study.py configs/studies/from_heatmap_lsp.py --out DIR
"""

title = 'After a heatmap: the ladder on LSP from a trained backbone'
metric = 'TorsoPCK/mean14'
ylabel = 'TorsoPCK, mean of 14 joints'
reference = 'ipr_mobilenetv3-small_1xb16-5e_lsp-256x192'

_suffix = '_mobilenetv3-small_1xb16-5e_lsp-256x192'
_start = dict(start_from='heatmap-3x144g16', epochs=5)

rungs = [
    dict(name='heatmap-3x144g16', config=f'heatmap-3x144g16{_suffix}'),
]
ablations = [dict(_start, name='control')]
for _method in ('deeppose', 'rle', 'simcc', 'ipr-dsnt-rle'):
    _config = f'{_method}{_suffix}'
    ablations.append(dict(_start, name=f'after-{_method}', config=_config))
