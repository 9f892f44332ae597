"""Follow several people, found in whole frames, through a video."""

from typing import Dict, List, Optional, Sequence

import numpy as np

from ..functional.smart_crop import pose_score
from .keypoint_filter import KeypointFilter
from .pose import MIN_SCORE, Pose, Size, check_poses
from .pose_tracker import PoseTracker


class PeopleFollower:
    """The numbers and the smoothed keypoints of several people.

    A filter of their own goes with each person for as long as the tracker
    remembers them. A frame of another size than the one before starts all
    anew; numbers go on counting.

    Args:
        names: K joint names.
        score_threshold, min_score, smooth: as in :class:`PersonFollower`.
    """

    def __init__(
        self,
        names: Sequence[str],
        score_threshold: float = 0.2,
        min_score: float = MIN_SCORE,
        smooth: bool = True,
    ) -> None:
        self.tracker = PoseTracker(names)
        self._joints = len(names)
        self.score_threshold = score_threshold
        self.min_score = min_score
        self._smooth = smooth
        self._size: Optional[Size] = None
        self._filters: Dict[int, KeypointFilter] = {}

    def update(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        size: Size,
        time_s: float,
    ) -> List[Pose]:
        """Take what was found in the whole frame.

        Args:
            keypoints: (P, K, 2) in pixels, the most certain pose first.
            scores: (P, K).
            size, time_s: as in :meth:`PersonFollower.update`.

        Returns:
            The people that score enough, each with their number.

        Raises:
            ValueError: the shapes do not fit, or a value is not finite.
        """
        check_poses(keypoints, scores, (len(scores), self._joints))
        if size != self._size:
            self.tracker.reset()
            self._size = size
        sure = [
            i
            for i, row in enumerate(scores)
            if pose_score(row, self.score_threshold) >= self.min_score
        ]
        points, scores = keypoints[sure], scores[sure]
        numbers = self.tracker.update(points, scores, time_s)
        if self._smooth:
            known = {track.number for track in self.tracker.tracks}
            self._filters = {
                n: self._filters.get(n) or KeypointFilter() for n in known
            }
            points = [
                self._filters[n](own, size, time_s) if n in known else own
                for n, own in zip(numbers, points)
            ]
        return [Pose(*row) for row in zip(points, scores, numbers)]
