"""The regression ladder on Leeds Sports Pose: one backbone, one schedule."""

title = 'The regression ladder on LSP'
metric = 'TorsoPCK/mean14'
ylabel = 'TorsoPCK, mean of 14 joints'

rungs = [
    dict(
        name=method,
        config=f'{method}_mobilenetv3-small_1xb16-8e_lsp-256x192',
    )
    for method in (
        'deeppose',
        'heatmap-3x256',
        'heatmap-3x144g16',
        'rle',
        'simcc',
        'ipr',
        'ipr-rle',
        'ipr-dsnt-rle',
        'ipr-dsnt-rle-debias',
    )
]
