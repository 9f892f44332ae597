"""Metrics that MMPose lacks, a baseline, records, and tables of them.

Importing this package needs MMPose; the formulas are in ``functional`` and
need numpy alone.
"""

from .ladder import (
    Rung,
    ladder_points,
    reference_ms,
    reference_rung,
    reliability_curves,
)
from .ladder_table import ablation_table, ladder_table
from .legacy_fire717_accuracy import LegacyFire717Accuracy
from .mean_oks import MeanOKS
from .mean_pose import mean_pose_baseline
from .pixel_pck import PixelPCK
from .record import read_record, write_record
from .score_calibration import ScoreCalibration
from .torso_pck import TorsoPCK
from .whole_image_ap import WholeImageAP

__all__ = [
    'LegacyFire717Accuracy',
    'MeanOKS',
    'PixelPCK',
    'Rung',
    'ScoreCalibration',
    'TorsoPCK',
    'WholeImageAP',
    'ablation_table',
    'ladder_points',
    'ladder_table',
    'mean_pose_baseline',
    'read_record',
    'reference_ms',
    'reference_rung',
    'reliability_curves',
    'write_record',
]
