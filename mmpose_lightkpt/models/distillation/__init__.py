"""Learning from a teacher.

- :mod:`.distilled_pose_estimator`: ``DistilledPoseEstimator``, the student
- :mod:`.movenet_map_term`: ``MoveNetMapTerm``, MoveNet's four maps
- :mod:`.normalisation`: the student's images as the teacher knows them
- :mod:`.resampling`: maps and images of one crop on another grid
- :mod:`.teacher`: ``Teacher``, which is read when it is first asked
- :mod:`.view`: what the terms are given of student and teacher
"""

from .distilled_pose_estimator import DistilledPoseEstimator
from .movenet_map_term import MoveNetMapTerm

__all__ = ['DistilledPoseEstimator', 'MoveNetMapTerm']
