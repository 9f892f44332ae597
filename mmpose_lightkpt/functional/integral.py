r"""Integral regression: the mean of a map as a keypoint, and its bias.

The logits h of a map become probabilities :math:`p = e^{\beta h} / C` with
:math:`C = \sum e^{\beta h}`, and the keypoint is their mean (Sun et al.,
2018). Cell j of n lies at (j + 0.5) / n, so the map's mean is 1/2 along both
axes, a flipped map lies on the grid itself, and pixel x of w is
(x + 0.5) / w.

A softmax is nowhere 0. Where no evidence is, p is a constant b instead, and
this floor pulls the mean to the middle. With the share :math:`r = N b` of
all N cells' floor and their middle c, the mean of what lies above it is

.. math:: J^o = (J^r - r c) / (1 - r),

because what is left, :math:`(p - b) / (1 - r)`, has sum 1 and this mean (the
idea is Gu et al.'s, 2021). It is a mean of cells still, so it never leaves
the outermost cells' centres.

Shapes: N batch, K joints, H x W map; points are (x, y).
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np

from .regression import sigmas_from_logits, to_pixels

__all__ = [
    'DEBIAS',
    'MAX_FLOOR_SHARE',
    'SCORES',
    'decode',
    'decode_margins',
    'expectation',
    'soft_argmax',
]

DEBIAS: Dict[str, str] = dict(
    none='no correction, r = 0',
    paper='the floor is exp(0) / C, with negative logits raised to 0',
    floor="the floor is the map's least probability",
    article='for comparison: r = 1 / sum(exp(p)), a constant, c off by half'
    ' a cell',
    mmpose='for comparison: r = 1 / sum(exp(h)), without the temperature and'
    ' N, c off by half a cell',
)
SCORES = ('sigma', 'peak', 'product')
# A flat map is all floor; its mean is the middle whatever we divide by.
MAX_FLOOR_SHARE = 0.9


def _softmax(values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Over the last two axes; also the log of the sum, (..., 1, 1)."""
    top = values.max((-2, -1), keepdims=True)
    weights = np.exp(values - top)
    total = weights.sum((-2, -1), keepdims=True)
    return weights / total, top + np.log(total)


def expectation(probabilities: np.ndarray) -> np.ndarray:
    """The mean (x, y) of maps (..., H, W) of sum 1, as (..., 2) in (0, 1)."""
    height, width = probabilities.shape[-2:]
    dtype = probabilities.dtype
    x = ((np.arange(width) + 0.5) / width).astype(dtype)
    y = ((np.arange(height) + 0.5) / height).astype(dtype)
    return np.stack(
        [probabilities.sum(-2) @ x, probabilities.sum(-1) @ y], axis=-1
    )


def _floor(
    logits: np.ndarray,
    log_sum: np.ndarray,
    probabilities: np.ndarray,
    debias: str,
) -> Tuple[np.ndarray, np.ndarray]:
    """The floor's share r (..., 1) and its middle c (2, ), as ``DEBIAS``."""
    height, width = logits.shape[-2:]
    middle = np.full(2, 0.5)
    if debias == 'paper':
        share = np.exp(np.log(height * width) - log_sum)
    elif debias == 'floor':
        share = height * width * probabilities.min((-2, -1), keepdims=True)
    elif debias == 'mmpose':
        # Of maps that sum to less than 1 this is beyond 1, or infinite.
        with np.errstate(over='ignore'):
            share = np.exp(-_softmax(logits)[1])
    else:
        share = 1 / np.exp(probabilities).sum((-2, -1), keepdims=True)
    if debias in ('mmpose', 'article'):
        # They take 1/2 for the middle of cells at j / n.
        middle = middle + 0.5 / np.array([width, height])
    return share[..., 0], middle.astype(logits.dtype)


def soft_argmax(
    logits: np.ndarray,
    temperature: float = 10.0,
    debias: str = 'none',
    max_floor_share: float = MAX_FLOOR_SHARE,
) -> Tuple[np.ndarray, np.ndarray]:
    """The mean of each map, with or without its floor.

    ``'mmpose'`` is the formula of MMPose 1.3.2's ``IntegralRegressionHead``:
    in cells, the same numbers. ``'article'`` is that of the article on
    regression heads, who applies it to a softmaxed map.

    Args:
        logits: (..., H, W), float32 or float64, finite.
        temperature: beta, positive; large is peaked.
        debias: one of :data:`DEBIAS`.
        max_floor_share: r is at most this, in (0, 1). It bounds the gain
            1 / (1 - r) of a flat map, that of an untrained network.

    Returns:
        Points (..., 2), normalised, and probabilities (..., H, W).
    """
    if debias == 'paper':
        logits = np.maximum(logits, 0)
    probabilities, log_sum = _softmax(logits * logits.dtype.type(temperature))
    points = expectation(probabilities)
    if debias == 'none':
        return points, probabilities
    share, middle = _floor(logits, log_sum, probabilities, debias)
    share = np.minimum(share, logits.dtype.type(max_floor_share))
    return (points - share * middle) / (1 - share), probabilities


def _scores(
    probabilities: np.ndarray, sigmas: Optional[np.ndarray], score: str
) -> np.ndarray:
    """(N, K) in [0, 1]."""
    values = np.ones(probabilities.shape[:2], np.float32)
    if score != 'peak':
        values = values - sigmas.mean(-1)
    if score != 'sigma':
        values = values * probabilities.max((-2, -1))
    return np.clip(values, 0, 1)


def decode(
    heatmap: np.ndarray,
    sigma: Optional[np.ndarray] = None,
    *,
    input_size: Tuple[int, int],
    temperature: float = 10.0,
    debias: str = 'none',
    max_floor_share: float = MAX_FLOOR_SHARE,
    sigma_floor: float = 0.0,
    score: str = 'peak',
) -> Tuple[np.ndarray, np.ndarray]:
    """Turn maps of logits into one person per image.

    Args:
        heatmap: logits (N, K, H, W).
        sigma: logits (N, K, 2) of the spreads along x and y, which are
            shares of the input; for scores that need them.
        input_size: (w, h), px.
        temperature: see :func:`soft_argmax`.
        debias: likewise.
        max_floor_share: likewise.
        sigma_floor: see :func:`~.regression.sigmas_from_logits`.
        score: ``'sigma'`` is 1 - mean(sigma); ``'peak'`` the probability of
            the strongest cell; ``'product'`` both multiplied.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K).

    Raises:
        ValueError: unknown ``debias`` or ``score``, or ``score`` needs the
            sigma that is not there.
    """
    if debias not in DEBIAS or score not in SCORES:
        raise ValueError(
            f'integral: debias must be one of {tuple(DEBIAS)} and score one '
            f'of {SCORES}, got {debias!r} and {score!r}'
        )
    sigmas = None
    if score != 'peak':
        if sigma is None:
            raise ValueError(
                f'integral: score {score!r} needs the output sigma, the '
                "network gives none; 'peak' needs none"
            )
        sigma = np.asarray(sigma, np.float32)
        sigmas = sigmas_from_logits(sigma, sigma_floor)
    points, probabilities = soft_argmax(
        np.asarray(heatmap, np.float32), temperature, debias, max_floor_share
    )
    keypoints = to_pixels(points, input_size, half_pixel=True)
    scores = _scores(probabilities, sigmas, score)
    return keypoints.astype(np.float32)[:, None], scores[:, None]


def decode_margins(
    heatmap: np.ndarray,
    sigma: Optional[np.ndarray] = None,
    *,
    input_size: Tuple[int, int],
    temperature: float = 10.0,
    debias: str = 'none',
    max_floor_share: float = MAX_FLOOR_SHARE,
    sigma_floor: float = 0.0,
    score: str = 'peak',
) -> np.ndarray:
    """Infinite (N, K): a mean has no second best answer.

    Takes what :func:`decode` takes.
    """
    del sigma, input_size, temperature, debias
    del max_floor_share, sigma_floor, score
    return np.full(heatmap.shape[:2], np.inf, np.float32)
