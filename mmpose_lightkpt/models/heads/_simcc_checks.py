"""What a ``LightSimCCHead`` may be made of."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from mmpose.codecs.base import BaseKeypointCodec

from ...codecs import LightSimCCLabel
from ..upsampling import UPSAMPLING


def _fail(name: str, value: Any, rule: str) -> None:
    raise ValueError(f'LightSimCCHead: {name} must be {rule}, got {value!r}')


def check_arguments(given: Dict[str, Any]) -> None:
    """Raise ValueError for the first argument outside of its range."""
    if given['upsample'] not in UPSAMPLING:
        _fail('upsample', given['upsample'], f'one of {UPSAMPLING}')
    counts = ['in_channels', 'num_keypoints', 'kernel_size']
    if given['upsample'] != 'none':
        counts += ['num_upsamples', 'upsample_channels', 'upsample_groups']
    for name in counts:
        if not isinstance(given[name], int) or given[name] < 1:
            _fail(name, given[name], 'a positive integer')
    if given['kernel_size'] % 2 == 0:
        rule = 'odd, so that the map keeps its size'
        _fail('kernel_size', given['kernel_size'], rule)
    if given['upsample'] == 'none':
        if given['num_upsamples']:
            rule = "0 while upsample is 'none'"
            _fail('num_upsamples', given['num_upsamples'], rule)
        return
    groups = given['upsample_groups']
    for name in ('in_channels', 'upsample_channels'):
        if given[name] % groups:
            rule = f'divisible by upsample_groups, {groups}'
            _fail(name, given[name], rule)


def check_decoder(
    decoder: Optional[BaseKeypointCodec], cells: Tuple[int, int]
) -> None:
    """Raise ValueError for a codec of another family, or another size.

    A map of a backbone has the input's size divided by a stride and rounded
    up, the same stride along both axes; else w and h may be swapped.
    """
    if not isinstance(decoder, LightSimCCLabel):
        _fail('decoder', type(decoder).__name__, 'a LightSimCCLabel')
    size = decoder.input_size
    if not any(
        cells == tuple(-(-n // stride) for n in size)
        for stride in range(1, max(size) + 1)
    ):
        rule = f"the decoder's input_size {size} (w, h), divided by a stride"
        _fail('in_featuremap_size', cells, rule)
