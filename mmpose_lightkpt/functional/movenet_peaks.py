"""Peaks of MoveNet's centre map: who may be a person.

Shapes: grid of H x W cells; a cell's flat index is y * W + x.
"""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

__all__ = ['REACH', 'center_peaks', 'pooled']

# Cells to each side: a 5 x 5 window, as in MultiPose.
REACH = 2


def pooled(values: np.ndarray, reach: int = REACH) -> np.ndarray:
    """Largest value (H, W) of the window round each cell of (H, W)."""
    height, width = values.shape
    padded = np.full(
        (height + 2 * reach, width + 2 * reach), -np.inf, values.dtype
    )
    padded[reach : reach + height, reach : reach + width] = values
    rows = padded[:height].copy()
    for i in range(1, 2 * reach + 1):
        np.maximum(rows, padded[i : i + height], out=rows)
    best = rows[:, :width].copy()
    for i in range(1, 2 * reach + 1):
        np.maximum(best, rows[:, i : i + width], out=best)
    return best


def center_peaks(
    center: np.ndarray, max_people: int, min_center: float
) -> np.ndarray:
    """The highest cells of their windows, the highest first.

    Unlike TF, which keeps each of several equal values side by side, they
    are one person here, at the first of them.

    Args:
        center: (H, W) in [0, 1].
        max_people: at most so many.
        min_center: lower peaks are nobody's.

    Returns:
        Flat indices (P,), P <= ``max_people``.
    """
    width = center.shape[1]
    peak = (center == pooled(center)) & (center >= min_center)
    found = np.flatnonzero(peak)
    found = found[np.argsort(-center.ravel()[found], kind='stable')]
    kept: List[Tuple[int, int]] = []
    for y, x in zip(*(part.tolist() for part in np.divmod(found, width))):
        if len(kept) == max_people:
            break
        if all(max(abs(y - v), abs(x - u)) > REACH for v, u in kept):
            kept.append((y, x))
    return np.array([y * width + x for y, x in kept], np.int64)
