"""What an ``IPRHead`` may be made of."""

from __future__ import annotations

import math
from typing import Any, Dict, Optional, Tuple

from mmpose.registry import KEYPOINT_CODECS
from mmpose.utils.typing import OptConfigType
from torch import Tensor, nn

from ...codecs import IntegralRLELabel
from ...functional.integral import DEBIAS, SCORES
from ..losses.terms import LossTerms
from ..upsampling import UPSAMPLING


def _fail(head: str, name: str, value: Any, rule: str) -> None:
    raise ValueError(f'{head}: {name} must be {rule}, got {value!r}')


def check_arguments(head: str, **given: Any) -> None:
    """Raise ValueError for the first argument outside of its range."""
    choices = dict(
        upsample=UPSAMPLING,
        debias=tuple(DEBIAS),
        sigma=('none', 'gap'),
        score=SCORES,
    )
    for name, values in choices.items():
        if given[name] not in values:
            _fail(head, name, given[name], f'one of {values}')
    counts = ['in_channels', 'num_keypoints']
    if given['upsample'] != 'none':
        counts += ['num_upsamples', 'upsample_channels', 'upsample_groups']
    for name in counts:
        if not isinstance(given[name], int) or given[name] < 1:
            _fail(head, name, given[name], 'a positive integer')
    if not 0 < given['temperature'] < math.inf:
        _fail(head, 'temperature', given['temperature'], 'positive')
    if not 0 < given['max_floor_share'] < 1:
        _fail(head, 'max_floor_share', given['max_floor_share'], 'in (0, 1)')
    if given['score'] != 'peak' and given['sigma'] == 'none':
        _fail(head, 'score', given['score'], "'peak' while sigma is 'none'")
    _check_sizes(head, given)


def _check_sizes(head: str, given: Dict[str, Any]) -> None:
    size, times = given['heatmap_size'], given['num_upsamples']
    if given['upsample'] == 'none':
        if times:
            _fail(head, 'num_upsamples', times, "0 while upsample is 'none'")
    else:
        groups = given['upsample_groups']
        for name in ('in_channels', 'upsample_channels'):
            if given[name] % groups:
                rule = f'divisible by upsample_groups, {groups}'
                _fail(head, name, given[name], rule)
    if size is None:
        _fail(head, 'heatmap_size', size, 'given where there is no decoder')
    if len(size) != 2 or any(
        not isinstance(v, int) or v < 2 or v % 2**times for v in size
    ):
        rule = 'two whole numbers (W, H) of at least 2'
        if times:
            rule += f', divisible by 2 ** num_upsamples, {2**times}'
        _fail(head, 'heatmap_size', size, rule)
    codec = given['decoder']
    if codec is not None and tuple(size) != codec.heatmap_size:
        rule = f"the decoder's, {codec.heatmap_size}"
        _fail(head, 'heatmap_size', size, rule)


def build_decoder(
    head: str, decoder: OptConfigType
) -> Optional[IntegralRLELabel]:
    """Build a codec; raise ValueError for one of another family."""
    if decoder is None:
        return None
    codec = KEYPOINT_CODECS.build(decoder)
    if not isinstance(codec, IntegralRLELabel):
        name = type(codec).__name__
        _fail(head, 'decoder', name, f'an {IntegralRLELabel.__name__}')
    return codec


def check_map(
    head: str, size: Tuple[int, int], features: Tensor, heatmap: Tensor
) -> None:
    """Raise ValueError if maps are not of ``size`` (W, H)."""
    before, after = (tuple(m.shape[:-3:-1]) for m in (features, heatmap))
    if after != size:
        raise ValueError(
            f'{head}: heatmap_size is {size} (W, H), but the features of '
            f'{before} make maps of {after}; it must be input_size / the '
            "backbone's stride, times 2 for each upsampling"
        )


def check_loss(head: str, loss: nn.Module, sigma: str) -> None:
    """Raise ValueError for a loss of another kind of head.

    A sigma without a term would stay random, and so would its scores.
    """
    if not isinstance(loss, LossTerms):
        rule = 'a sum of terms, as RLEDSNTLoss is; make it one of its terms'
        _fail(head, 'loss', type(loss).__name__, rule)
    taken = 'sigmas' in loss.takes.pred
    if taken and sigma == 'none':
        _fail(head, 'sigma', sigma, "'gap', because the loss takes sigmas")
    if sigma != 'none' and not taken:
        _fail(head, 'sigma', sigma, "'none', because no term takes sigmas")


def sigma_floor(loss: LossTerms) -> float:
    """Of the first term that takes sigmas: those of scores are its own."""
    terms = loss.terms.values()
    takers = [
        t
        for t in terms
        if 'sigmas' in getattr(getattr(t, 'takes', None), 'pred', ())
    ]
    return float(getattr(takers[0], 'sigma_floor', 0)) if takers else 0.0
