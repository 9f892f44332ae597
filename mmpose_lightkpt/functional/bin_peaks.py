"""Keypoints from two rows of bins, as MMPose's ``SimCCLabel`` decodes them.

For MMPose's own SimCC heads, RTMPose's among them. Shapes: N batch, K
joints, W_x and W_y bins; bin i lies at i / r px.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

__all__ = ['decode', 'decode_margins']


def _worse(x_bins: np.ndarray, y_bins: np.ndarray) -> np.ndarray:
    """The smaller of both maxima, (N, K): MMPose's score."""
    return np.minimum(x_bins.max(-1), y_bins.max(-1))


def decode(
    x_bins: np.ndarray, y_bins: np.ndarray, split_ratio: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Take the best bin of each row.

    Args:
        x_bins: (N, K, W_x).
        y_bins: (N, K, W_y).
        split_ratio: r, bins per input pixel.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K): the
        smaller of both maxima, clipped to [0, 1] as MMPose's is not. Where
        that is not positive the keypoint is MMPose's (-1, -1) bins, its
        score 0.
    """
    cells = np.stack([x_bins.argmax(-1), y_bins.argmax(-1)], -1)
    score = _worse(x_bins, y_bins)
    cells = np.where(score[..., None] <= 0, -1, cells)
    keypoints = (cells / split_ratio).astype(np.float32)
    scores = np.clip(score, 0, 1).astype(np.float32)
    return keypoints[:, None], scores[:, None]


def decode_margins(
    x_bins: np.ndarray, y_bins: np.ndarray, split_ratio: float
) -> np.ndarray:
    """How clearly each joint's bins won, (N, K).

    The smallest of both leads over the second best bin and of the score's
    distance from 0. Takes what :func:`decode` takes.
    """
    del split_ratio
    margins = np.abs(_worse(x_bins, y_bins))
    for bins in (x_bins, y_bins):
        top = np.partition(bins, -2, -1)[..., -2:]
        margins = np.minimum(margins, top[..., 1] - top[..., 0])
    return margins.astype(np.float32)
