"""Percentage of correct keypoints, in two forms.

*Pixel PCK* (the MoveNet article's accuracy, with the distance it meant: the
published code compares the **squared** distance) scales the crop to a
reference side and asks for an error under a number of its pixels. *Torso PCK*
(PCK@0.2 of the Leeds Sports Pose papers) asks for an error of at most a share
of the distance from the left shoulder to the right hip.

Shapes: N persons, K joints; points are (x, y) in image pixels.
"""

from typing import Optional, Sequence, Tuple

import numpy as np

__all__ = [
    'per_joint',
    'pixel_hits',
    'pixel_pck',
    'pooled',
    'standard_error',
    'torso_hits',
    'torso_lengths',
    'torso_pck',
]


def _distances(pred: np.ndarray, gt: np.ndarray) -> np.ndarray:
    pred = np.asarray(pred, dtype=np.float64)
    gt = np.asarray(gt, dtype=np.float64)
    if pred.shape != gt.shape or gt.ndim != 3 or gt.shape[2] != 2:
        raise ValueError(
            'PCK: predictions and truth must both be (N, K, 2), '
            f'got {pred.shape} and {gt.shape}'
        )
    return np.hypot(pred[..., 0] - gt[..., 0], pred[..., 1] - gt[..., 1])


def pixel_hits(
    pred: np.ndarray,
    gt: np.ndarray,
    side: np.ndarray,
    threshold: float = 5.0,
    reference: float = 160.0,
) -> np.ndarray:
    r"""Say which joints lie within a number of reference pixels.

    .. math:: d \cdot \text{reference} / \text{side} < \text{threshold}

    Args:
        pred: predicted joints (N, K, 2) in image pixels.
        gt: true joints (N, K, 2) in image pixels.
        side: longer side of each person's crop (N,) in image pixels.
        threshold: bound in reference pixels; the bound itself is a miss.
        reference: side in pixels to which each crop is scaled.

    Returns:
        Hits (N, K), bool; a joint predicted as NaN is a miss.
    """
    side = np.asarray(side, dtype=np.float64).reshape(-1, 1)
    if not (side > 0).all():
        raise ValueError(
            'pixel_hits: crop sides must be positive, got '
            f'{side[~(side > 0)][0]} (longer side of the crop '
            'in image pixels)'
        )
    return _distances(pred, gt) * reference < threshold * side


def torso_lengths(gt: np.ndarray, torso: Tuple[int, int]) -> np.ndarray:
    """Measure the distance between two true joints of each person.

    Args:
        gt: true joints (N, K, 2).
        torso: indices of the left shoulder and the right hip.

    Returns:
        Lengths (N,) in the unit of ``gt``.
    """
    gt = np.asarray(gt, dtype=np.float64)
    across = gt[:, torso[0]] - gt[:, torso[1]]
    return np.hypot(across[:, 0], across[:, 1])


def torso_hits(
    pred: np.ndarray,
    gt: np.ndarray,
    torso: Tuple[int, int],
    threshold: float = 0.2,
) -> np.ndarray:
    """Say which joints lie within a share of the person's torso.

    Args:
        pred: predicted joints (N, K, 2).
        gt: true joints (N, K, 2).
        torso: indices of the left shoulder and the right hip.
        threshold: share of the torso; the bound itself is a hit.

    Returns:
        Hits (N, K), bool; a joint predicted as NaN is a miss.
    """
    bound = threshold * torso_lengths(gt, torso)
    return _distances(pred, gt) <= bound[:, None]


def per_joint(hits: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Share of hits among each joint's labelled occurrences.

    Args:
        hits: (N, K), bool.
        visible: labels (N, K); above 0 means labelled.

    Returns:
        Shares (K,); NaN for a joint that nobody has labelled.
    """
    labelled = np.asarray(visible) > 0
    total = labelled.sum(axis=0)
    right = (hits & labelled).sum(axis=0)
    return np.where(total > 0, right / np.maximum(total, 1), np.nan)


def standard_error(hits: np.ndarray, visible: np.ndarray) -> float:
    r"""Standard error of the mean of the per-joint shares, over persons.

    How far the mean would typically lie from that of many more such persons:

    .. math:: \sqrt{\sum_n \Big(\frac{1}{K} \sum_k
        v_{nk} \frac{h_{nk} - \bar h_k}{N_k}\Big)^2}

    with :math:`N_k` persons that have joint k labelled. The joints of a
    person are right or wrong together, so they are not taken for independent.

    Args:
        hits: (N, K), bool.
        visible: labels (N, K); above 0 means labelled.

    Returns:
        The error, in the unit of the shares; NaN if a joint is labelled
        nowhere.
    """
    labelled = np.asarray(visible) > 0
    away = np.where(labelled, hits - per_joint(hits, labelled), 0.0)
    total = labelled.sum(axis=0)
    if not total.all():
        return float('nan')
    return float(np.sqrt(((away / total).mean(axis=1) ** 2).sum()))


def pooled(hits: np.ndarray, visible: np.ndarray) -> float:
    """Share of hits among all labelled joints (NaN where there are none)."""
    labelled = np.asarray(visible) > 0
    return float(hits[labelled].mean()) if labelled.any() else float('nan')


def pixel_pck(
    pred: np.ndarray,
    gt: np.ndarray,
    visible: np.ndarray,
    side: np.ndarray,
    threshold: float = 5.0,
    reference: float = 160.0,
) -> float:
    """Pixel PCK pooled over all labelled joints (see :func:`pixel_hits`).

    Example:
        >>> gt = np.zeros((1, 2, 2))
        >>> pred = np.array([[[9.9, 0.], [10.0, 0.]]])
        >>> pixel_pck(pred, gt, np.ones((1, 2)), side=np.array([320.]))
        0.5
    """
    return pooled(pixel_hits(pred, gt, side, threshold, reference), visible)


def torso_pck(
    pred: np.ndarray,
    gt: np.ndarray,
    visible: np.ndarray,
    torso: Tuple[int, int],
    threshold: float = 0.2,
    joints: Optional[Sequence[int]] = None,
) -> float:
    """Torso PCK: the mean of the per-joint shares (see :func:`torso_hits`).

    Args:
        pred: predicted joints (N, K, 2).
        gt: true joints (N, K, 2).
        visible: labels (N, K); above 0 means labelled.
        torso: indices of the left shoulder and the right hip.
        threshold: share of the torso.
        joints: indices to average over; all when None.
    """
    shares = per_joint(torso_hits(pred, gt, torso, threshold), visible)
    chosen = shares if joints is None else shares[list(joints)]
    chosen = chosen[~np.isnan(chosen)]
    return float(chosen.mean()) if len(chosen) else float('nan')
