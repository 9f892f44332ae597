"""Give people of a video numbers that stay."""

import math
from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from ..functional.oks import oks, sigmas_of
from .pose import check_poses


class Track(NamedTuple):
    """Somebody, as last seen."""

    number: int
    time_s: float
    keypoints: np.ndarray
    scores: np.ndarray


class PoseTracker:
    """Tell who is who by the similarity (OKS) of poses, greedily.

    The rules and constants of tfjs's keypoint tracker. Each pose in turn takes
    the number of the most similar track that is still free, or else a new one.
    Who was not seen for ``max_age_s`` is forgotten; so is everybody when the
    time lies before the last. Numbers start at 1 and are not given twice.

    What differs: distances and areas are in pixels, where tfjs measures x in
    widths and y in heights of the frame, which bends OKS unless it is square.

    Args:
        names: K joint names, which choose OKS's sigmas.
        score_threshold: joints below it do not count.
        min_joints: joints that must count in both poses, or they are not
            similar; all of them if there are fewer.
        min_similarity: least OKS of one person in two frames, in (0, 1].
        max_age_s: seconds for which somebody unseen is remembered.
        max_tracks: how many are remembered; the longest unseen go first.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        names: Sequence[str],
        score_threshold: float = 0.3,
        min_joints: int = 4,
        min_similarity: float = 0.2,
        max_age_s: float = 1.0,
        max_tracks: int = 18,
    ) -> None:
        for name, value, good, rule in (
            ('names', names, len(names) > 0, 'joint names'),
            ('min_joints', min_joints, min_joints >= 1, '1 or more'),
            (
                'min_similarity',
                min_similarity,
                0 < min_similarity <= 1,
                'in (0, 1]',
            ),
            ('max_age_s', max_age_s, max_age_s >= 0, '0 or more'),
            ('max_tracks', max_tracks, max_tracks >= 1, '1 or more'),
        ):
            if not good:
                raise ValueError(
                    f'PoseTracker: {name} must be {rule}, got {value!r}'
                )
        self.score_threshold = score_threshold
        self.min_joints = min(min_joints, len(names))
        self.min_similarity = min_similarity
        self.max_age_s = max_age_s
        self.max_tracks = max_tracks
        self._sigmas = sigmas_of(names)
        self._given = 0
        self.reset()

    def reset(self) -> None:
        """Forget everybody; numbers go on counting."""
        self.tracks: List[Track] = []
        self._last_s = -math.inf

    def update(
        self, keypoints: np.ndarray, scores: np.ndarray, time_s: float
    ) -> List[int]:
        """Give the poses of the next frame their numbers.

        Args:
            keypoints: (P, K, 2) in pixels, the most certain pose first.
            scores: (P, K).
            time_s: when the frame was taken, in seconds on any clock.

        Returns:
            P numbers.

        Raises:
            ValueError: the shapes do not fit, or a value is not finite.
        """
        # Copies, since they are kept.
        points = np.array(keypoints, np.float64)
        scores = np.array(scores, np.float64)
        check_poses(points, scores, (len(scores), len(self._sigmas)))
        if not math.isfinite(time_s):
            raise ValueError(
                f'PoseTracker: time_s must be finite, got {time_s}'
            )
        if time_s < self._last_s:
            self.reset()
        self._last_s = time_s
        tracks = [
            t for t in self.tracks if time_s - t.time_s <= self.max_age_s
        ]
        numbers = [
            self._new() if i is None else tracks[i].number
            for i in self._choose(self._similarities(points, scores, tracks))
        ]
        seen = [
            Track(number, time_s, *pose)
            for number, *pose in zip(numbers, points, scores)
        ]
        # Those seen last come first already, since each frame puts them there.
        unseen = [t for t in tracks if t.number not in numbers]
        self.tracks = (seen + unseen)[: self.max_tracks]
        return numbers

    def _new(self) -> int:
        self._given += 1
        return self._given

    def _similarities(
        self, points: np.ndarray, scores: np.ndarray, tracks: List[Track]
    ) -> np.ndarray:
        """OKS (P, T) of poses and tracks, 0 where too few joints count."""
        if not len(points) or not tracks:
            return np.zeros((len(points), len(tracks)))
        before = np.stack([track.keypoints for track in tracks])
        sure = np.stack([track.scores for track in tracks])
        sure = sure >= self.score_threshold
        low = np.where(sure[..., None], before, np.inf).min(axis=1)
        high = np.where(sure[..., None], before, -np.inf).max(axis=1)
        area = np.where(sure.any(axis=1), (high - low).prod(axis=1), 0) + 1
        both = (scores >= self.score_threshold)[:, None] & sure
        similar = oks(points[:, None], before, both, area, self._sigmas)
        return np.where(both.sum(axis=-1) >= self.min_joints, similar, 0)

    def _choose(self, similarities: np.ndarray) -> List[Optional[int]]:
        """For each pose the index of its track, or None."""
        chosen: List[Optional[int]] = []
        free = similarities.copy()
        for row in free:
            best = int(row.argmax()) if row.size else 0
            if row.size and row[best] >= self.min_similarity:
                chosen.append(best)
                free[:, best] = 0
            else:
                chosen.append(None)
        return chosen
