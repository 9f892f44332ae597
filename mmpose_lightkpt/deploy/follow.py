"""Follow one person through a video.

A top-down model needs a crop. Without a detector it is taken from the joints
of the frame before, as MoveNet's own clients do. The formulas are those of
:mod:`mmpose_lightkpt.functional.smart_crop`.
"""

from typing import Optional, Sequence

import numpy as np

from ..functional.smart_crop import (
    Square,
    box_square,
    centered_square,
    pose_score,
    torso_joints,
    torso_square,
    whole_square,
)
from .keypoint_filter import KeypointFilter
from .pose import MIN_SCORE, Pose, Size, check_poses

STARTS = dict(whole=whole_square, center=centered_square)
_CROP_ALPHA = 0.9  # how far a crop's corners move to where they should be


class PersonFollower:
    """The crop and the smoothed keypoints of one person.

    It starts anew - crop, filter and all - when nobody is found (see
    ``min_score``) and when a frame has another size than the one before.

    Args:
        names: K joint names. With both hips and shoulders among them the rule
            is :func:`~mmpose_lightkpt.functional.smart_crop.torso_square`,
            else :func:`~mmpose_lightkpt.functional.smart_crop.box_square`.
        start: where to look first: the 'whole' frame, as TensorFlow's
            tutorial does, or the square at its 'center', as tfjs does. The
            latter never sees who stands outside of it.
        score_threshold: joints that score less are not seen.
        min_score: least mean score of the joints that are seen; below it the
            pose is dropped.
        from_boxes: the network was trained on people's boxes alone, as all but
            MoveNet are, and does badly in whole frames. Where no torso is
            seen, ``box_square`` comes before the whole frame then; MoveNet's
            clients do not do so.
        smooth: pass keypoints through a :class:`KeypointFilter`, before the
            next crop is taken from them.

    Raises:
        ValueError: ``start`` is neither.
    """

    def __init__(
        self,
        names: Sequence[str],
        start: str = 'whole',
        score_threshold: float = 0.2,
        min_score: float = MIN_SCORE,
        from_boxes: bool = False,
        smooth: bool = True,
    ) -> None:
        if start not in STARTS:
            raise ValueError(
                f'PersonFollower: start must be one of {sorted(STARTS)}, '
                f'got {start!r}'
            )
        self.score_threshold = score_threshold
        self.min_score = min_score
        self._start = STARTS[start]
        self._joints = len(names)
        self._torso = torso_joints(names)
        self.from_boxes = from_boxes or self._torso is None
        self._filter = KeypointFilter() if smooth else None
        self.reset()

    def reset(self) -> None:
        """Forget the person; the next crop is that of the start."""
        self._size: Optional[Size] = None
        self._corners: Optional[np.ndarray] = None
        if self._filter:
            self._filter.reset()

    def crop(self, size: Size) -> Square:
        """Square x1, y1, x2, y2 in pixels to cut out of the next frame; it
        may leave the frame, of which (w, h) is the size."""
        if size != self._size:
            self.reset()
            self._size = size
        if self._corners is None:
            return self._start(size)
        return tuple(self._corners.tolist())

    def update(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        size: Size,
        time_s: float,
    ) -> Optional[Pose]:
        """Take what was found in the crop.

        Args:
            keypoints: (K, 2) in pixels of the frame.
            scores: (K,).
            size: (w, h) of the frame in pixels.
            time_s: when it was taken, in seconds on any clock.

        Returns:
            The person with smoothed keypoints; None if there is nobody.

        Raises:
            ValueError: the shapes do not fit, or a value is not finite.
        """
        check_poses(keypoints, scores, (self._joints,))
        if pose_score(scores, self.score_threshold) < self.min_score:
            self.reset()
            return None
        self.crop(size)  # starts anew at another size
        if self._filter:
            keypoints = self._filter(keypoints, size, time_s)
        target = np.array(self._next(keypoints, scores) or whole_square(size))
        if self._corners is None:
            self._corners = target
        else:
            self._corners += _CROP_ALPHA * (target - self._corners)
        return Pose(keypoints, scores)

    def _next(
        self, keypoints: np.ndarray, scores: np.ndarray
    ) -> Optional[Square]:
        square = None
        rest = self._size, self.score_threshold
        if self._torso is not None:
            square = torso_square(keypoints, scores, self._torso, *rest)
        if square is None and self.from_boxes:
            square = box_square(keypoints, scores, *rest)
        return square
