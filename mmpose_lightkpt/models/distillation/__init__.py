"""Learning from a teacher.

- :mod:`.distilled_pose_estimator`: ``DistilledPoseEstimator``, the student
- :mod:`.feature_term`: ``FeatureTerm``, maps on the way, of one family
- :mod:`.heatmap_term`: ``HeatmapTerm``, plain heatmaps
- :mod:`.movenet_map_term`: ``MoveNetMapTerm``, MoveNet's four maps
- :mod:`.normalisation`: the student's images as the teacher knows them
- :mod:`.resampling`: maps and images of one crop on another grid
- :mod:`.simcc_term`: ``SimCCTerm``, bins of x and y
- :mod:`.taps`: what parts of a network give while it runs
- :mod:`.teacher`: ``Teacher``, which is read when it is first asked
- :mod:`.teacher_keypoints_term`: ``TeacherKeypointsTerm``, for any two heads
- :mod:`.view`: what the terms are given of student and teacher
"""

from .distilled_pose_estimator import DistilledPoseEstimator
from .feature_term import FeatureTerm
from .heatmap_term import HeatmapTerm
from .movenet_map_term import MoveNetMapTerm
from .simcc_term import SimCCTerm
from .teacher_keypoints_term import TeacherKeypointsTerm

__all__ = [
    'DistilledPoseEstimator',
    'FeatureTerm',
    'HeatmapTerm',
    'MoveNetMapTerm',
    'SimCCTerm',
    'TeacherKeypointsTerm',
]
