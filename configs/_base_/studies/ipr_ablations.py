"""What each part of the integral regression is worth, one change at a time.

All start from the last weights of the rung ipr-dsnt-rle and see 4 more
epochs, as ``control`` does, which changes nothing: it has a temperature of
10, no debias, exact targets, RLE and DSNT, and no cosine layer.
"""

_loss = dict(
    terms=dict(
        l1=dict(type='SmoothL1Loss', use_target_weight=True),
        dsnt=dict(type='DSNTLoss'),
    )
)
_head = {
    # RLE alone needs a sigma, and its scores come from there
    'no-rle': dict(sigma='none', loss=_loss),
    'cosine-layer': dict(cosine_layer=True),
    'temperature-1': dict(temperature=1.0),
    'temperature-16': dict(temperature=16.0),
    'debias-article': dict(debias='article'),
    'debias-mmpose': dict(debias='mmpose'),
    'debias-paper': dict(debias='paper'),
    'debias-floor': dict(debias='floor'),
}
_codec = {
    'rounded-targets': dict(target='rounded'),
    'size-128x96': dict(input_size=(96, 128), heatmap_size=(3, 4)),
    'size-256x256': dict(input_size=(256, 256), heatmap_size=(8, 8)),
}
_start = dict(start_from='ipr-dsnt-rle', epochs=4)

ablations = [dict(_start, name='control')]
for _name, _change in _head.items():
    ablations.append(
        dict(_start, name=_name, options=dict(model=dict(head=_change)))
    )
for _name, _change in _codec.items():
    ablations.append(
        dict(
            _start,
            name=_name,
            codec=_change,
            export=_name.startswith('size'),
        )
    )
