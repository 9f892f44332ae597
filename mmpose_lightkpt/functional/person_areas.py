"""How much of a crop its person covers, and how to change that.

A person's *area* is that of the upright rectangle around its labelled joints,
as a share of the crop: by it the MoveNet article compares its training data
with the scenes where a model is to work, and chooses how wide its heatmaps'
kernels are.

Shapes: B bins of a distribution of areas, with B + 1 edges.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

__all__ = [
    'MIN_JOINTS',
    'area_share',
    'bin_shares',
    'least_change',
    'total_variation',
    'triangle',
]

MIN_JOINTS = 4
"""A rectangle around fewer says nothing about the person's size."""


def area_share(points: np.ndarray, size: Sequence[float]) -> float:
    """Area of a person as a share of its crop; NaN if it is not known.

    Args:
        points: labelled joints (V, 2) in pixels of the crop; they may lie
            outside of it.
        size: (w, h) of the crop.
    """
    if len(points) < MIN_JOINTS:
        return float('nan')
    return float(np.prod(np.ptp(points, axis=0) / np.asarray(size)))


def bin_shares(areas: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """Share of the areas in each bin, (B,); those beyond are in the outer."""
    edges = np.asarray(edges, np.float64)
    last = np.nextafter(edges[-1], -np.inf)
    counts, _ = np.histogram(np.clip(areas, edges[0], last), edges)
    return counts / max(counts.sum(), 1)


def triangle(
    low: float, peak: float, high: float, edges: Sequence[float]
) -> np.ndarray:
    """Share of a triangular distribution in each bin, (B,).

    Args:
        low: least area.
        peak: the most frequent.
        high: largest area.
        edges: (B + 1,), from at most ``low`` to at least ``high``.

    Raises:
        ValueError: the three do not increase, or leave the edges.
    """
    edges = np.asarray(edges, np.float64)
    if not (edges[0] <= low < peak < high <= edges[-1]):
        raise ValueError(
            f'areas must increase from low over peak to high, within '
            f'{edges[0]:g} and {edges[-1]:g}, got {low}, {peak} and {high}'
        )
    rise = np.clip(edges, low, peak) - low
    fall = high - np.clip(edges, peak, high)
    below = rise**2 / (high - low) / (peak - low)
    above = fall**2 / (high - low) / (high - peak)
    return np.diff(np.where(edges < peak, below, 1 - above))


def least_change(
    before: np.ndarray, target: np.ndarray, slack: float = 0.02
) -> Tuple[float, np.ndarray]:
    r"""The smallest share of persons to resize, and how, for a target.

    Resizing a share p of them to areas drawn from d leaves
    :math:`(1 - p) b + p d`. With :math:`d_i \propto
    \max(t_i - (1 - p) b_i, 0)` that is the target t, except where
    :math:`(1 - p) b_i` alone exceeds it.

    Args:
        before: b, share of each bin (B,).
        target: t, likewise.
        slack: share of persons that may exceed the target.

    Returns:
        p in [0, 1], to a thousandth, and d (B,); with nothing to change, 0
        and the target.
    """
    kept = np.linspace(0, 1, 1001)
    excess = np.maximum(kept[:, None] * before - target, 0).sum(1)
    most = kept[excess <= slack + 1e-12][-1]
    lacking = np.maximum(target - most * before, 0)
    if most == 1 or not lacking.any():
        return 0.0, target.copy()
    return float(1 - most), lacking / lacking.sum()


def total_variation(one: np.ndarray, other: np.ndarray) -> float:
    """Share that one distribution would have to move to be the other."""
    return float(np.abs(one - other).sum() / 2)
