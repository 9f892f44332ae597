"""As tiny, with the paper's expansions: for at most Lightning's time."""

_base_ = ['./movenet_lightkpt-tiny.py']

model = dict(
    backbone=dict(
        arch=(
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
        ),
    ),
)
