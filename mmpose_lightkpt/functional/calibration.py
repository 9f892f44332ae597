r"""Are scores probabilities? Reliability bins, their error, and ranking.

A score s of a joint is calibrated when of all joints with that score a share
s is right. The expected calibration error over bins of equal width is

.. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n}
    \left|\bar s_b - \bar h_b\right|

with :math:`\bar s_b` the mean score and :math:`\bar h_b` the share of hits of
the :math:`n_b` joints in bin b (Guo et al., "On Calibration of Modern Neural
Networks", ICML 2017). A constant score that equals the share of hits has an
ECE of 0 and tells nothing, so the ranking is judged beside it.
"""

from typing import NamedTuple, Optional, Tuple

import numpy as np

__all__ = ['Reliability', 'ranking', 'reliability']


class Reliability(NamedTuple):
    """Joints sorted by score into B bins of equal width."""

    edges: np.ndarray
    """(B + 1,) from 0 to 1; a score on an edge belongs to the upper bin."""
    counts: np.ndarray
    """(B,) joints in each bin."""
    scores: np.ndarray
    """(B,) mean score in each bin; NaN where it is empty."""
    shares: np.ndarray
    """(B,) share of hits in each bin; NaN where it is empty."""

    @property
    def ece(self) -> float:
        """Expected calibration error, in [0, 1]."""
        filled = self.counts > 0
        gaps = np.abs(self.scores[filled] - self.shares[filled])
        return float(np.average(gaps, weights=self.counts[filled]))


def reliability(
    scores: np.ndarray, hits: np.ndarray, num_bins: int = 10
) -> Reliability:
    """Sort joints into bins by their score.

    Args:
        scores: (M,) in [0, 1].
        hits: (M,) bool, whether the joint is right.
        num_bins: bins of equal width, B.

    Raises:
        ValueError: if there is nothing, or a score is outside of [0, 1].

    Example:
        >>> bins = reliability([0.1, 0.7, 0.9], [False, True, False], 2)
        >>> bins.counts.tolist(), bins.shares.tolist()
        ([1, 2], [0.0, 0.5])
        >>> round(bins.ece, 6)  # (0.1 + 2 * |0.8 - 0.5|) / 3
        0.233333
    """
    scores, hits = _checked(scores, hits)
    edges = np.arange(num_bins + 1) / num_bins
    bins = np.searchsorted(edges[1:-1], scores, side='right')
    counts = np.bincount(bins, minlength=num_bins)
    sums = (np.bincount(bins, w, num_bins) for w in (scores, hits))
    with np.errstate(invalid='ignore'):
        means, shares = (total / counts for total in sums)
    return Reliability(edges, counts, means, shares)


def ranking(scores: np.ndarray, hits: np.ndarray) -> Optional[float]:
    r"""Chance that a right joint has a higher score than a wrong one.

    The area under the ROC curve, by Mann and Whitney's statistic; equal
    scores count one half. 0.5 is what chance gives.

    Args:
        scores: (M,) in [0, 1].
        hits: (M,) bool, whether the joint is right.

    Returns:
        The area, or None where all are right or all are wrong.

    Example:
        >>> ranking([0.2, 0.5, 0.5, 0.9], [False, False, True, True])
        0.875
    """
    scores, hits = _checked(scores, hits)
    right = int(hits.sum())
    wrong = len(hits) - right
    if not right or not wrong:
        return None
    _, which, counts = np.unique(
        scores, return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    above = ranks[hits].sum() - right * (right + 1) / 2
    return float(above / (right * wrong))


def _checked(
    scores: np.ndarray, hits: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    scores = np.asarray(scores, dtype=np.float64)
    hits = np.asarray(hits, dtype=bool)
    if scores.ndim != 1 or scores.shape != hits.shape or not len(scores):
        raise ValueError(
            'calibration: scores and hits must both be (M,), M at least 1, '
            f'got {scores.shape} and {hits.shape}'
        )
    wrong = ~((scores >= 0) & (scores <= 1))
    if wrong.any():
        raise ValueError(
            f'calibration: scores must lie in [0, 1], got {scores[wrong][0]}'
        )
    return scores, hits
