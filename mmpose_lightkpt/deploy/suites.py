"""Configs of this package that are timed together, by one name."""

from typing import Dict, Tuple

_LADDER = (
    'deeppose',
    'heatmap-3x256',
    'heatmap-3x144g16',
    'rle',
    'ipr',
    'ipr-rle',
    'ipr-dsnt-rle',
    'ipr-dsnt-rle-debias',
    'simcc',
)
SUITES: Dict[str, Tuple[str, ...]] = {
    'ladder': tuple(
        f'{head}_mobilenetv3-small_1xb16-5e_coco-256x192' for head in _LADDER
    ),
}
"""Suite -> its configs; the first is what ratios are given to.

``ladder``: one backbone under every head, from DeepPose by heatmaps and RLE
to debiased integral regression, and SimCC beside them.
"""
