"""Training targets of the two box branches of a MoveNet for several people.

Shapes: P people, K joints, grid of H x W cells.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np

from .heatmap import disc
from .movenet_targets import OFFICIAL, TargetRules

__all__ = ['box_targets', 'center_weights', 'person_boxes']


def person_boxes(
    keypoints: np.ndarray,
    visible: np.ndarray,
    boxes: Optional[np.ndarray],
    grid: Tuple[int, int],
) -> np.ndarray:
    """Boxes (P, 4) in cells that hold each person's joints.

    Unlike TF's target, the annotated box alone, it is joined with the
    labelled joints and a cell round them: decoding seeks joints inside of it
    only, and annotated boxes cut some off. What lies outside of the frame is
    cut off, as nobody sees it.

    Args:
        keypoints: (P, K, 2), (x, y) in cells.
        visible: (P, K) bool.
        boxes: (P, 4) xyxy in cells, or None: the labelled joints alone.
        grid: (W, H).
    """
    shown = visible[..., None]
    low = np.where(shown, keypoints, np.inf).min(1) - 1
    high = np.where(shown, keypoints, -np.inf).max(1) + 1
    if boxes is not None:
        low = np.minimum(low, boxes[:, :2])
        high = np.maximum(high, boxes[:, 2:])
    return np.clip(np.concatenate([low, high], axis=1), 0, [*grid, *grid])


def _centers(
    keypoints: np.ndarray,
    visible: np.ndarray,
    boxes: Optional[np.ndarray],
    rules: TargetRules,
) -> np.ndarray:
    """(P, 2), where :func:`.movenet_targets.movenet_targets` draws them."""
    if rules.center == 'keypoints':
        return np.array([k[v].mean(0) for k, v in zip(keypoints, visible)])
    if boxes is not None:
        return (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.array(
        [(k[v].min(0) + k[v].max(0)) / 2 for k, v in zip(keypoints, visible)]
    )


def box_targets(
    keypoints: np.ndarray,
    visible: np.ndarray,
    boxes: Optional[np.ndarray],
    grid: Tuple[int, int],
    rules: TargetRules = OFFICIAL,
) -> Dict[str, np.ndarray]:
    """Draw the boxes where the regression of their person is learnt.

    Args:
        keypoints: (P, K, 2), (x, y) in cells, real-valued.
        visible: (P, K) bool: labelled and inside of the frame.
        boxes: (P, 4) xyxy in cells, or None; see :func:`person_boxes`.
        grid: (W, H).
        rules: its ``center`` and ``regression_radius`` are read.

    Returns:
        ``box_offsets`` (2, H, W), middle of the box minus cell, and
        ``box_sizes`` (2, H, W), both float32 in cells; ``box_weights``
        (1, H, W) float32, whose sum over a person's cells is 1.
    """
    width, height = grid
    vectors = np.zeros((2, 2, height, width), np.float32)
    owner = np.full((height, width), -1)
    labelled = visible.any(1)
    keypoints, visible = keypoints[labelled], visible[labelled]
    boxes = None if boxes is None else boxes[labelled]
    if labelled.any():
        centers = _centers(keypoints, visible, boxes, rules)
        whole = person_boxes(keypoints, visible, boxes, grid)
        # Backwards: the first person wins, as in the regression.
        for i in range(len(centers))[::-1]:
            x, y = _cells_near(centers[i], rules.regression_radius, grid)
            owner[y, x] = i
            middle = (whole[i, :2] + whole[i, 2:]) / 2
            vectors[0][:, y, x] = middle[:, None] - [x, y]
            vectors[1][:, y, x] = (whole[i, 2:] - whole[i, :2])[:, None]
    drawn = owner >= 0
    counts = np.bincount(owner[drawn], minlength=1)
    weights = np.zeros((1, height, width), np.float32)
    weights[0][drawn] = 1 / counts[owner[drawn]]
    return dict(
        box_offsets=vectors[0],
        box_sizes=vectors[1],
        box_weights=weights,
    )


def _cells_near(
    center: np.ndarray, radius: int, grid: Tuple[int, int]
) -> Tuple[np.ndarray, np.ndarray]:
    """Cells x and y within ``radius``; none if the centre is not in frame."""
    size = np.array(grid)
    if (center < -0.5).any() or (center >= size).any():
        return np.zeros(0, int), np.zeros(0, int)
    dx, dy = disc(radius)
    x, y = np.clip(np.rint(center).astype(int), 0, size - 1)
    x, y = x + dx, y + dy
    inside = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
    return x[inside], y[inside]


def center_weights(
    center_heatmaps: np.ndarray,
    visible: np.ndarray,
    boxes: Optional[np.ndarray],
) -> np.ndarray:
    """Where the centre map is known.

    It is not inside the box of somebody without any label, whose centre is
    missing, unless another person's is drawn there.

    Args:
        center_heatmaps: (1, H, W) in [0, 1].
        visible: (P, K) bool.
        boxes: (P, 4) xyxy in cells, or None: all is known.

    Returns:
        (1, H, W) bool.
    """
    known = np.ones(center_heatmaps.shape, bool)
    if boxes is not None:
        unlabelled = np.maximum(boxes[~visible.any(1)], 0)
        low, high = np.floor(unlabelled[:, :2]), np.ceil(unlabelled[:, 2:])
        for (x1, y1), (x2, y2) in zip(low.astype(int), high.astype(int)):
            known[:, y1:y2, x1:x2] = False
    return known | (center_heatmaps > 0.05)
