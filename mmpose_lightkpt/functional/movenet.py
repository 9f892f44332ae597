"""MoveNet's single-person decode.

The rules are those of Google's model and of the TF Object Detection API
(``prediction_to_single_instance_keypoints``): the person is the strongest
centre near the middle of the frame, its joints are sought near where the
regression points, and the offset refines the cell that wins.

Convention: cell ``j`` of the grid lies at input pixel ``j * stride``.
Shapes: N batch, K joints, H x W grid. Joint channels are interleaved,
``x0, y0, x1, y1, ...``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np

__all__ = ['center_weight', 'decode', 'decode_margins']

DISTANCE_OFFSET = 1.8


@lru_cache(maxsize=32)
def center_weight(
    height: int, width: int, distance_offset: float = DISTANCE_OFFSET
) -> np.ndarray:
    r"""Weight of a centre by its distance to the middle of the grid.

    .. math:: W_{yx} = 1 / (\sqrt{(y - H/2)^2 + (x - W/2)^2} + c)

    The middle is H/2, W/2 as in the official graph, not (H - 1)/2.

    Args:
        height: H, in cells.
        width: W, in cells.
        distance_offset: c, in cells; Google's graphs hold 1.8.

    Returns:
        Read-only float32 array of shape (H, W).

    Example:
        >>> center_weight(4, 4)[2, 2].round(4)
        0.5556
    """
    y = np.arange(height)[:, None] - height / 2
    x = np.arange(width)[None] - width / 2
    weight = (1 / (np.hypot(y, x) + distance_offset)).astype(np.float32)
    weight.setflags(write=False)
    return weight


@lru_cache(maxsize=32)
def _grid(size: int) -> np.ndarray:
    grid = np.arange(size, dtype=np.float32)
    grid.setflags(write=False)
    return grid


def _weighted_heatmaps(
    heatmaps: np.ndarray, points: np.ndarray, distance_offset: float
) -> np.ndarray:
    """Divide (K, H, W) heatmaps by the distance to ``points`` (K, 2)."""
    _, height, width = heatmaps.shape
    dx = np.square(_grid(width) - points[:, :1])
    dy = np.square(_grid(height) - points[:, 1:])
    weighted = dy[:, :, None] + dx[:, None, :]
    np.sqrt(weighted, out=weighted)
    weighted += np.float32(distance_offset)
    return np.divide(heatmaps, weighted, out=weighted)


def _regressed_points(
    center: np.ndarray, regression: np.ndarray, distance_offset: float
) -> np.ndarray:
    """Where the person's joints are expected, (K, 2) in cells."""
    height, width = center.shape
    best = (center * center_weight(height, width, distance_offset)).argmax()
    y, x = divmod(int(best), width)
    return regression[:, y, x].reshape(-1, 2) + np.float32([x, y])


def decode(
    center: np.ndarray,
    heatmaps: np.ndarray,
    regression: np.ndarray,
    offsets: np.ndarray,
    stride: Tuple[float, float] = (4.0, 4.0),
    distance_offset: float = DISTANCE_OFFSET,
) -> Tuple[np.ndarray, np.ndarray]:
    """Turn the four outputs of MoveNet into one person per image.

    Images are taken one by one, each in vectorised steps, because one
    image's maps stay in the processor's cache and a batch's do not.

    Args:
        center: centre heatmap (N, 1, H, W) in [0, 1].
        heatmaps: joint heatmaps (N, K, H, W) in [0, 1].
        regression: joint minus centre, (N, 2K, H, W), in cells.
        offsets: joint minus cell, (N, 2K, H, W), in cells.
        stride: input pixels per cell along x and y.
        distance_offset: the c of the inverse distance weight, in cells.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K): the
        un-weighted heatmap value at the cell that won.
    """
    num, joints, _, width = heatmaps.shape
    keypoints = np.empty((num, 1, joints, 2), np.float32)
    scores = np.empty((num, 1, joints), np.float32)
    channel = np.arange(joints)
    for i in range(num):
        points = _regressed_points(
            center[i, 0], regression[i], distance_offset
        )
        weighted = _weighted_heatmaps(heatmaps[i], points, distance_offset)
        y, x = np.divmod(weighted.reshape(joints, -1).argmax(1), width)
        scores[i, 0] = heatmaps[i, channel, y, x]
        keypoints[i, 0, :, 0] = x + offsets[i, 2 * channel, y, x]
        keypoints[i, 0, :, 1] = y + offsets[i, 2 * channel + 1, y, x]
    keypoints *= np.asarray(stride, np.float32)
    return keypoints, scores


def decode_margins(
    center: np.ndarray,
    heatmaps: np.ndarray,
    regression: np.ndarray,
    offsets: np.ndarray,
    stride: Tuple[float, float] = (4.0, 4.0),
    distance_offset: float = DISTANCE_OFFSET,
) -> np.ndarray:
    """How clearly each joint's cell won.

    A difference between two runtimes larger than this may swap the argmax,
    and so move a joint by any distance. Takes what :func:`decode` takes.

    Returns:
        (N, K): best minus second best weighted score; the smaller of the
        joint's and of the person's centre, which all joints depend on.
    """
    del offsets, stride
    num, joints, height, width = heatmaps.shape
    margins = np.empty((num, joints), np.float32)
    weight = center_weight(height, width, distance_offset)
    for i in range(num):
        points = _regressed_points(
            center[i, 0], regression[i], distance_offset
        )
        weighted = _weighted_heatmaps(heatmaps[i], points, distance_offset)
        maps = np.concatenate([weighted, center[i] * weight])
        top = np.partition(maps.reshape(joints + 1, -1), -2, axis=1)[:, -2:]
        gap = top[:, 1] - top[:, 0]
        margins[i] = np.minimum(gap[:-1], gap[-1])
    return margins
