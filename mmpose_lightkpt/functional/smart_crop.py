r"""Where to look for the person in the next frame of a video.

The rules of MoveNet's own clients (the TensorFlow tutorial and tfjs,
``pose-detection/src/movenet/crop_utils.ts``): a square about the hips that
holds the whole body, and the whole frame when no torso is seen.

.. math:: h = \max(1.9\, t_x, 1.9\, t_y, 1.2\, b_x, 1.2\, b_y)

is half of its side, where t is how far the torso's four joints lie from the
middle of the hips at most, seen or not, and b the same of all joints that are
seen. Squares are x1, y1, x2, y2 in pixels of the frame, and may leave it.

What differs here: a square that would be tiny, or outside of the frame, is the
whole frame instead; and joint sets without hips or shoulders have a rule of
their own, :func:`box_square`.
"""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import numpy as np

__all__ = [
    'box_square',
    'centered_square',
    'pose_score',
    'torso_joints',
    'torso_square',
    'whole_square',
]

Square = Tuple[float, float, float, float]

TORSO = ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip')
TORSO_FACTOR = 1.9
BODY_FACTOR = 1.2
SMALLEST = 0.05
"""Share of the frame's longer side that a square's side has at least."""
ONE_JOINT = 0.2
"""The same for the square around the joint of a set of one."""
FEWEST = 1 / 3
"""Share of all joints that :func:`box_square` has to see."""


def whole_square(size: Tuple[int, int]) -> Square:
    """The frame (w, h), padded to a square."""
    return _square(size[0] / 2, size[1] / 2, max(size) / 2)


def centered_square(size: Tuple[int, int]) -> Square:
    """The largest square in the middle of the frame (w, h)."""
    return _square(size[0] / 2, size[1] / 2, min(size) / 2)


def torso_joints(names: Sequence[str]) -> Optional[Tuple[int, ...]]:
    """Indices of both shoulders, then both hips; None if one is missing."""
    names = list(names)
    if not set(TORSO) <= set(names):
        return None
    return tuple(names.index(name) for name in TORSO)


def pose_score(scores: np.ndarray, threshold: float = 0.2) -> float:
    """Mean of the scores (K,) above a threshold; 0 if there is none."""
    seen = scores[scores > threshold]
    return float(seen.mean()) if seen.size else 0.0


def torso_square(
    keypoints: np.ndarray,
    scores: np.ndarray,
    torso: Sequence[int],
    size: Tuple[int, int],
    threshold: float = 0.2,
) -> Optional[Square]:
    """Square about the hips, or None for the whole frame.

    Google's Python sample for boards has a slip here: its b is that of one
    joint, the right hip. The tutorial and tfjs take all that are seen.

    Args:
        keypoints: (K, 2) in pixels of the frame, finite.
        scores: (K,).
        torso: from :func:`torso_joints`.
        size: (w, h) of the frame in pixels.
        threshold: a hip and a shoulder must score more, a joint that counts
            for b as much.

    Returns:
        None if no hip or no shoulder is seen, or if the square would be
        wider than the frame's longer side, tiny, or outside of the frame.
    """
    shoulders, hips = list(torso[:2]), list(torso[2:])
    if min(scores[shoulders].max(), scores[hips].max()) <= threshold:
        return None
    center = keypoints[hips].mean(axis=0)
    distance = np.abs(keypoints - center).max(axis=1)
    half = TORSO_FACTOR * distance[shoulders + hips].max()
    seen = distance[scores >= threshold]
    half = max(half, BODY_FACTOR * seen.max())
    return _within(center, half, size)


def box_square(
    keypoints: np.ndarray,
    scores: np.ndarray,
    size: Tuple[int, int],
    threshold: float = 0.2,
) -> Optional[Square]:
    """Square around the joints that are seen, for sets without a torso.

    They get the room that MoveNet's rule gives to a body, 1.2, and more in
    proportion to the joints that are missing: these may lie outside. Takes
    what :func:`torso_square` takes, and returns None also if fewer than a
    third of the joints are seen.
    """
    seen = scores >= threshold
    if seen.mean() < FEWEST:
        return None
    low, high = keypoints[seen].min(axis=0), keypoints[seen].max(axis=0)
    half = (high - low).max() / 2 * BODY_FACTOR * (2 - seen.mean())
    if scores.size == 1:
        half = ONE_JOINT * max(size) / 2
    return _within((low + high) / 2, half, size)


def _within(
    center: np.ndarray, half: float, size: Tuple[int, int]
) -> Optional[Square]:
    """The square if it is worth a look, as large as the frame needs it."""
    (x, y), (width, height) = center.tolist(), size
    half = min(float(half), max(x, width - x, y, height - y))
    longest = max(width, height)
    if not SMALLEST * longest / 2 <= half <= longest / 2:
        return None
    outside = min(x, y) <= -half or x - half >= width or y - half >= height
    return None if outside else _square(x, y, half)


def _square(x: float, y: float, half: float) -> Square:
    return x - half, y - half, x + half, y + half
