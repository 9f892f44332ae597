"""Metrics that MMPose lacks, a baseline, and the record of a figure.

Importing this package needs MMPose; the formulas are in ``functional`` and
need numpy alone.
"""

from .mean_oks import MeanOKS
from .mean_pose import mean_pose_baseline
from .pixel_pck import PixelPCK
from .record import read_record, write_record
from .score_calibration import ScoreCalibration
from .torso_pck import TorsoPCK

__all__ = [
    'MeanOKS',
    'PixelPCK',
    'ScoreCalibration',
    'TorsoPCK',
    'mean_pose_baseline',
    'read_record',
    'write_record',
]
