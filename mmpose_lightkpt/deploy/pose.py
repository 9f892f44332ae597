"""A person in a frame, and when there is one."""

from typing import NamedTuple, Optional, Tuple

import numpy as np

Size = Tuple[int, int]
"""(w, h) in pixels."""
MIN_SCORE = 0.25
"""Least mean score of a pose's joints that are seen, as tfjs has it."""


class Pose(NamedTuple):
    """One person in a frame."""

    keypoints: np.ndarray
    """(K, 2) in pixels of the frame."""
    scores: np.ndarray
    """(K,) in [0, 1]."""
    number: Optional[int] = None
    """Who it is; None where there can only be one."""


def check_poses(
    keypoints: np.ndarray, scores: np.ndarray, shape: Tuple[int, ...]
) -> None:
    """Raise ValueError unless keypoints and scores are those of poses.

    Args:
        keypoints: must be (*shape, 2) and finite.
        scores: must be of the shape and finite.
        shape: (K,) or (P, K).
    """
    if scores.shape != shape or keypoints.shape != (*shape, 2):
        raise ValueError(
            f'poses of {shape[-1]} joints need keypoints {(*shape, 2)} and '
            f'scores {shape}, got {keypoints.shape} and {scores.shape}'
        )
    if not (np.isfinite(keypoints).all() and np.isfinite(scores).all()):
        raise ValueError(
            'poses must be finite, got NaN or infinity in '
            f'{int((~np.isfinite(keypoints)).sum())} coordinates and '
            f'{int((~np.isfinite(scores)).sum())} scores'
        )
