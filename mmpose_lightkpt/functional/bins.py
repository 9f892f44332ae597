r"""One axis as a row of bins: SimCC's labels, decode and flip.

Convention: bin ``i`` lies at input pixel ``i / r``, with r bins per pixel
(the *split ratio*). Shapes: N images, K joints, n bins of an axis; all
functions but :func:`decode` and :func:`decode_margins` take any leading axes.

From Li et al., SimCC (ECCV 2022), whose "SA" labels are Gaussians at the
real-valued coordinate; MMPose rounds it to a bin first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence, Tuple

import numpy as np

__all__ = [
    'DECODINGS',
    'num_bins',
    'gaussian_bins',
    'flip_bins',
    'softmax',
    'locate',
    'certainty',
    'decode',
    'decode_margins',
]

DECODINGS = ('smooth', 'argmax', 'soft')


def num_bins(size: int, split_ratio: float) -> int:
    """Bins of an axis of ``size`` pixels: ``size * split_ratio``, rounded.

    The one place where it is rounded: MMPose's codec rounds and its head
    truncates, so that 192 px at 1.3 bins per pixel are 250 and 249.

    Example:
        >>> num_bins(192, 2.0)
        384
    """
    return int(np.floor(size * split_ratio + 0.5))


def gaussian_bins(mu: np.ndarray, num: int, sigma: float) -> np.ndarray:
    r"""A Gaussian over the bins that sums to 1, its centre real-valued.

    .. math:: q_i = e^{-(i - \mu)^2 / 2 \sigma^2} / \sum_j e^{...}

    Args:
        mu: centres in bins, any shape; none may be NaN.
        num: n.
        sigma: in bins.

    Returns:
        float32 array of ``mu``'s shape and n.

    Example:
        >>> gaussian_bins(np.array(1.0), 3, 1.0).round(2)
        array([0.27, 0.45, 0.27], dtype=float32)
    """
    mu = np.asarray(mu, np.float64)[..., None]
    z = -0.5 * np.square((np.arange(num) - mu) / sigma)
    return softmax(z).astype(np.float32)


def flip_bins(values: np.ndarray, split_ratio: float) -> np.ndarray:
    r"""Mirror a row of bins as pixels are mirrored, x to w - 1 - x.

    Bin i becomes bin :math:`n - r - i`: the reversed row, moved by r - 1
    bins, by which MMPose's ``flip_vectors``, which only reverses, is off.
    The r - 1 at the end have no image and repeat the last one that has.

    Args:
        values: (..., n), logits or probabilities.
        split_ratio: r, a whole number.

    Raises:
        ValueError: r is no whole number, so mirrored bins fall between bins.

    Example:
        >>> flip_bins(np.array([0, 1, 2, 3]), 2.0)
        array([2, 1, 0, 0])
    """
    if split_ratio < 1 or split_ratio != int(split_ratio):
        raise ValueError(
            'flip_bins: split_ratio must be a whole number of bins, got '
            f'{split_ratio}; average decoded keypoints instead'
        )
    num = values.shape[-1]
    source = num - int(split_ratio) - np.arange(num)
    return values[..., np.maximum(source, 0)]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the bins, float64; never overflows."""
    z = np.asarray(logits, np.float64)
    p = np.exp(z - z.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def _fullest(p: np.ndarray, reach: int) -> np.ndarray:
    """Bin round which ``2 reach + 1`` bins hold most; the first of equals."""
    total = np.zeros((*p.shape[:-1], p.shape[-1] + 2 * reach + 1))
    np.cumsum(p, -1, out=total[..., reach + 1 : reach + 1 + p.shape[-1]])
    total[..., reach + 1 + p.shape[-1] :] = total[..., [-reach - 1]]
    held = total[..., 2 * reach + 1 :] - total[..., : p.shape[-1]]
    return (held >= (1 - 1e-9) * held.max(-1, keepdims=True)).argmax(-1)


def _top(p: np.ndarray, sigma: float) -> np.ndarray:
    """Where the bins, smoothed by a label, are highest.

    It is searched within a sigma of the bins that hold most. The logarithm
    of two convolved Gaussians is a parabola, so three bins tell its vertex.
    """
    reach = int(max(sigma + 0.5, 1))
    best = _fullest(p, reach)
    padded = np.zeros((*p.shape[:-1], p.shape[-1] + 12 * reach))
    padded[..., 6 * reach : -6 * reach] = p
    window = best[..., None] + np.arange(12 * reach + 1)
    q = np.take_along_axis(padded, window, -1) @ _near_labels(reach, sigma)
    middle = np.clip(q.argmax(-1), 1, 2 * reach - 1)
    near = np.take_along_axis(q, middle[..., None] + np.arange(-1, 2), -1)
    near = np.log(np.maximum(near, 1e-12 * q.max(-1, keepdims=True)))
    left, here, right = near[..., 0], near[..., 1], near[..., 2]
    bend = left + right - 2 * here
    hill = bend < 0
    vertex = (left - right) / (2 * np.where(hill, bend, 1))
    return best - reach + middle + np.where(hill, np.clip(vertex, -1, 1), 0)


@lru_cache(maxsize=32)
def _near_labels(reach: int, sigma: float) -> np.ndarray:
    """Labels at -reach to reach over bins at -6 reach to 6 reach."""
    bins = np.arange(-6 * reach, 6 * reach + 1)
    d = bins[:, None] - np.arange(-reach, reach + 1)
    return np.exp(-0.5 * np.square(d / sigma))


def _mean(p: np.ndarray, sigma: float) -> np.ndarray:
    del sigma
    return p @ np.arange(p.shape[-1])


_PRECISE = dict(smooth=_top, soft=_mean)


@lru_cache(maxsize=32)
def _answers_to_labels(
    num: int, sigma: float, low: float, high: float, decoding: str
) -> Tuple[np.ndarray, np.ndarray]:
    """Centres from ``low`` to ``high``, and what is found for their labels.

    A label near a border is cut off there, so that its mean and its
    smoothed top lie further inside; elsewhere they are its centre.
    """
    reach = min(6 * sigma, (high - low) / 2)
    steps = int(np.ceil(reach * max(8, 32 / sigma)))
    near = np.linspace(0, reach, steps + 1)
    centres = np.concatenate([low + near, high - near[::-1]])
    z = -0.5 * np.square((np.arange(num) - centres[:, None]) / sigma)
    answers = _PRECISE[decoding](softmax(z), sigma)
    return centres, np.maximum.accumulate(answers)


def locate(
    logits: np.ndarray, split_ratio: float, sigma: float, decoding: str
) -> np.ndarray:
    """Where each row of bins points, in bins and inside of the frame.

    Args:
        logits: (..., n).
        split_ratio: r.
        sigma: of the labels, in bins.
        decoding: ``'argmax'``: the highest bin, as in MMPose. ``'smooth'``:
            the highest point after a convolution with a label, as a matched
            filter finds a known shape. ``'soft'``: the mean of the
            softmaxed bins. The latter two are corrected for the cut at the
            borders and give a label's centre back, ``'smooth'`` where sigma
            is a bin or more.

    Returns:
        float64 array of shape (...).

    Raises:
        ValueError: another ``decoding``.
    """
    if decoding not in DECODINGS:
        raise ValueError(
            f'bins: decoding must be one of {DECODINGS}, got {decoding!r}'
        )
    logits = np.asarray(logits, np.float64)
    if decoding == 'argmax':
        return logits.argmax(-1).astype(np.float64)
    num = logits.shape[-1]
    low, high = -split_ratio / 2, num - split_ratio / 2
    found = _PRECISE[decoding](softmax(logits), sigma)
    if decoding == 'smooth' and sigma < 1:  # three points tell too little
        return np.clip(found, low, high)
    centres, answers = _answers_to_labels(num, sigma, low, high, decoding)
    return np.interp(found, answers, centres)


def certainty(
    logits: np.ndarray, where: np.ndarray, sigma: float
) -> np.ndarray:
    """How probable the network finds it that the joint is near.

    Near is within 3 sigma, where a label has 99.7 % of its mass: a network
    as sure as its labels says 1, whatever the number of bins.

    Args:
        logits: (..., n).
        where: (...), the answer in bins.
        sigma: of the labels, in bins.

    Returns:
        float64 array of shape (...) in [0, 1].
    """
    p = softmax(logits)
    num = p.shape[-1]
    below = np.zeros((*p.shape[:-1], num + 2))
    np.cumsum(p, -1, out=below[..., 1:-1])
    below[..., -1] = below[..., -2]
    reach = max(3 * sigma, 0.5)
    # Bin i reaches from i - 1/2 to i + 1/2; an edge within it takes a share.
    edges = np.stack([where - reach, where + reach], -1) + 0.5
    edges = np.clip(edges, 0, num)
    first = np.floor(edges).astype(int)
    left, right = (np.take_along_axis(below, first + i, -1) for i in range(2))
    held = left + (edges - first) * (right - left)
    return np.clip(held[..., 1] - held[..., 0], 0, 1)


def decode(
    x_logits: np.ndarray,
    y_logits: np.ndarray,
    split_ratio: float = 2.0,
    sigma_bins: Sequence[float] = (6.0, 6.0),
    decoding: str = 'smooth',
) -> Tuple[np.ndarray, np.ndarray]:
    """Turn bins into keypoints.

    Args:
        x_logits: (N, K, Wx), up to a constant of each row.
        y_logits: (N, K, Wy).
        split_ratio: bins per pixel.
        sigma_bins: of the labels along x and y, in bins.
        decoding: see :func:`locate`.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K) in
        [0, 1]: the product of the axes' :func:`certainty`, how probable the
        network finds it that the joint is near. MMPose takes the lower
        axis' highest logit, which has no scale.
    """
    axes = tuple(zip((x_logits, y_logits), sigma_bins))
    points = [locate(z, split_ratio, sigma, decoding) for z, sigma in axes]
    keypoints = np.stack(points, -1) / split_ratio
    sure = [certainty(z, x, sigma) for (z, sigma), x in zip(axes, points)]
    scores = sure[0] * sure[1]
    return (
        keypoints[:, None].astype(np.float32),
        scores[:, None].astype(np.float32),
    )


def decode_margins(
    x_logits: np.ndarray,
    y_logits: np.ndarray,
    split_ratio: float = 2.0,
    sigma_bins: Sequence[float] = (6.0, 6.0),
    decoding: str = 'smooth',
) -> np.ndarray:
    """How clearly each joint's peak won over any other peak.

    Bins within one sigma of the highest belong to its peak, within
    sqrt(2) sigma where they are smoothed. Takes what :func:`decode` takes.

    Returns:
        (N, K): lead in logits, of the axis where it is smaller; infinite
        for ``'soft'``, where nothing competes.
    """
    margins = np.full(x_logits.shape[:2], np.inf, np.float32)
    if decoding == 'soft':
        return margins
    for logits, sigma in zip((x_logits, y_logits), sigma_bins):
        width = max(sigma, 1)
        if decoding == 'smooth':
            d = np.subtract.outer(*[np.arange(logits.shape[-1])] * 2)
            labels = np.exp(-0.5 * np.square(d / sigma))
            logits = np.log(np.maximum(softmax(logits) @ labels, 1e-12))
            width = max(np.sqrt(2) * sigma, 1)
        best = logits.argmax(-1)[..., None]
        far = np.abs(np.arange(logits.shape[-1]) - best) > width
        second = np.where(far, logits, -np.inf).max(-1)
        margins = np.minimum(margins, logits.max(-1) - second)
    return margins
