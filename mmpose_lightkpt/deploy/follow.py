"""Where to look for the person in the next frame of a video.

A top-down model needs a box. Without a detector it is taken from the joints
that the frame before showed, and from the whole frame as long as there are
too few of them. Numpy alone; boxes are x1, y1, x2, y2 in pixels of the frame.
"""

import dataclasses
import math
from typing import Optional, Tuple

import numpy as np

from .boxes import Box


@dataclasses.dataclass(frozen=True)
class FollowRule:
    """When joints are believed, and how much room they get.

    Args:
        score_threshold: joints below it are not believed.
        min_share: share of all joints that must be believed, in (0, 1];
            with fewer the search starts again from the whole frame.
        min_extent: joints of a person spread over at least this share of the
            longer side of where they were sought, in [0, 1); on one spot they
            are what a network makes of nothing. Not asked of a single joint.
        enlarge: factor on the sides of the joints' bounding box, >= 1, as
            labelled boxes enclose the head and the feet. Joints that are
            missing may lie outside: it grows to twice as much without them.
        smallest: a side of the box is at least this share of the frame's
            shorter side, in (0, 1]. Joints may coincide.
        tolerance: the box stays as it was while no edge is off by more than
            this share of its longer side, so that a person who stands still
            is not cut out anew for the noise of the joints.

    Raises:
        ValueError: if one of them is out of its range.
    """

    score_threshold: float = 0.2
    min_share: float = 1 / 3
    min_extent: float = 0.2
    enlarge: float = 1.25
    smallest: float = 0.2
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        for name, rule, good in (
            ('score_threshold', 'a number', math.isfinite),
            ('min_share', 'in (0, 1]', lambda v: 0 < v <= 1),
            ('min_extent', 'in [0, 1)', lambda v: 0 <= v < 1),
            ('enlarge', 'at least 1', lambda v: 1 <= v < math.inf),
            ('smallest', 'in (0, 1]', lambda v: 0 < v <= 1),
            ('tolerance', 'in [0, 1)', lambda v: 0 <= v < 1),
        ):
            value = getattr(self, name)
            if not good(value):
                raise ValueError(
                    f'FollowRule: {name} must be {rule}, got {value!r}'
                )


def next_box(
    keypoints: np.ndarray,
    scores: np.ndarray,
    frame_size: Tuple[int, int],
    previous: Optional[Box] = None,
    rule: Optional[FollowRule] = None,
) -> Optional[Box]:
    """Box to cut out of the next frame; None is the whole frame.

    Joints outside of the frame, NaN and scores that are NaN are not believed.
    The box ends at the borders of the frame, as labelled boxes do.

    Args:
        keypoints: (K, 2) in pixels of the frame.
        scores: (K,).
        frame_size: (w, h) in pixels.
        previous: the box that the keypoints were found in.
        rule: the thresholds; None takes the defaults.

    Raises:
        ValueError: if the shapes do not fit.
    """
    rule = rule or FollowRule()
    points = np.asarray(keypoints, np.float64)
    scores = np.asarray(scores, np.float64)
    if points.shape != (scores.size, 2) or scores.ndim != 1 or not scores.size:
        raise ValueError(
            'next_box: expected keypoints (K, 2) and scores (K,), got '
            f'{points.shape} and {scores.shape}'
        )
    last = np.array(frame_size, np.float64) - 1
    with np.errstate(invalid='ignore'):
        inside = ((points >= 0) & (points <= last)).all(axis=1)
        believed = inside & (scores >= rule.score_threshold)
    if believed.sum() < max(1, math.ceil(rule.min_share * scores.size)):
        return None
    before = np.array(previous or (0, 0, *frame_size), np.float64)
    side = (before[2:] - before[:2]).max()
    extent = np.ptp(points[believed], axis=0).max()
    if scores.size > 1 and extent < rule.min_extent * side:
        return None
    missing = 1 - believed.mean()
    box = _around(points[believed], rule.enlarge * (1 + missing), last, rule)
    if previous and np.abs(box - before).max() <= rule.tolerance * side:
        return previous
    return tuple(float(value) for value in box)


def _around(
    points: np.ndarray, factor: float, last: np.ndarray, rule: FollowRule
) -> np.ndarray:
    """Enlarged bounding box (4,), cut at the frame; ``last`` is its corner."""
    low, high = points.min(axis=0), points.max(axis=0)
    least = rule.smallest * (last.min() + 1)
    half = np.maximum((high - low) * factor, least) / 2
    middle = (low + high) / 2
    low, high = (middle - half).clip(0), np.minimum(middle + half, last + 1)
    return np.concatenate([low, high])
