"""How clearly the people of :mod:`.movenet_multi` and their joints won.

Shapes: N images, M slots of people, K joints, H x W grid.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .movenet_multi import (
    GAUSSIAN_RATIO,
    MAX_PEOPLE,
    MIN_CENTER,
    Candidates,
    candidates,
)
from .movenet_peaks import REACH, center_peaks

__all__ = ['decode_margins']

# How far, in cells, an edge of a box may differ between two runtimes.
EDGE_ERROR = 0.05


def _center_margins(
    center: np.ndarray, found: Candidates, max_people: int, min_center: float
) -> np.ndarray:
    """(P,): over the window's second, nobody, and who had no slot left."""
    peaks = center_peaks(center, max_people + 1, min_center)
    missed = center.ravel()[peaks[max_people:]]
    rivals = np.full(len(found.cells), max([min_center, *missed]))
    for i, cell in enumerate(found.cells):
        y, x = divmod(int(cell), center.shape[1])
        rows = slice(max(y - REACH, 0), y + REACH + 1)
        columns = slice(max(x - REACH, 0), x + REACH + 1)
        window = np.sort(center[rows, columns], axis=None)
        rivals[i] = max(rivals[i], *window[-2:-1])
    return found.values - rivals


def _inside(box: np.ndarray, shape: Tuple[int, int], by: float) -> np.ndarray:
    """Cells (H, W) inside of a box that is grown by so many cells."""
    x1, y1, x2, y2 = box + np.array([-by, -by, by, by])
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (x >= x1) & (x < x2) & (y >= y1) & (y < y2)


def _joint_margins(
    heatmaps: np.ndarray, found: Candidates, person: int
) -> np.ndarray:
    """(K,): over the second inside of the box, or as good as inside.

    0 where the box's edge decides.
    """
    weighted = heatmaps * found.weights_y[person, :, :, None]
    weighted *= found.weights_x[person, :, None]
    joints, shape = len(weighted), weighted.shape[1:]
    masks = [
        _inside(found.boxes[person], shape, by)
        for by in (0, EDGE_ERROR, -EDGE_ERROR)
    ]
    own, wider, safe = (mask.ravel() for mask in masks)
    flat = weighted.reshape(joints, -1)
    best = np.where(own, flat, -1).argmax(1)
    joint = np.arange(joints)
    value = flat[joint, best]
    rivals = np.where(wider, flat, 0)
    rivals[joint, best] = 0
    return np.where(safe[best], np.maximum(value - rivals.max(1), 0), 0)


def decode_margins(
    center: np.ndarray,
    heatmaps: np.ndarray,
    regression: np.ndarray,
    offsets: np.ndarray,
    box_offsets: np.ndarray,
    box_sizes: np.ndarray,
    stride: Tuple[float, float] = (4.0, 4.0),
    max_people: int = MAX_PEOPLE,
    min_center: float = MIN_CENTER,
    gaussian_ratio: float = GAUSSIAN_RATIO,
) -> np.ndarray:
    """By how much each joint's cell beats the next best.

    A difference between two runtimes larger than this may lose a person or
    move a joint by any distance. Takes what :func:`.movenet_multi.decode`
    takes.

    Returns:
        (N, M, K): the smaller of the joint's margin and of the person's
        centre; 0 in a slot of nobody.
    """
    del offsets, stride
    num, joints = heatmaps.shape[:2]
    margins = np.zeros((num, max_people, joints), np.float32)
    for i in range(num):
        found = candidates(
            center[i, 0],
            regression[i],
            box_offsets[i],
            box_sizes[i],
            max_people,
            min_center,
            gaussian_ratio,
        )
        centers = _center_margins(center[i, 0], found, max_people, min_center)
        for person, margin in enumerate(centers):
            own = _joint_margins(heatmaps[i], found, person)
            margins[i, person] = np.minimum(own, margin)
    return margins
