"""Torch modules, registered in MMPose's ``MODELS``.

- :mod:`.backbones`: what MMPose lacks
- :mod:`.distillation`: a student and what its teacher is asked
- :mod:`.necks`: features to one map
- :mod:`.heads`: a map to keypoints
- :mod:`.losses`: formulas in ``functional``, a thin class per loss
"""

from .backbones import LightShuffleNetV2
from .distillation import (
    DistilledPoseEstimator,
    HeatmapTerm,
    MoveNetMapTerm,
    SimCCTerm,
    TeacherKeypointsTerm,
)
from .heads import MoveNetHead
from .losses import (
    AutomaticWeightedLoss,
    BinKLLoss,
    BoneLengthLoss,
    DSNTLoss,
    ExpectedOKSLoss,
    ForegroundMSELoss,
    MaskedL1Loss,
    PenaltyReducedFocalLoss,
    RLEDSNTLoss,
    SafeRLELoss,
)
from .necks import LightFPN

__all__ = [
    'AutomaticWeightedLoss',
    'BinKLLoss',
    'BoneLengthLoss',
    'DSNTLoss',
    'DistilledPoseEstimator',
    'ExpectedOKSLoss',
    'ForegroundMSELoss',
    'HeatmapTerm',
    'LightFPN',
    'LightShuffleNetV2',
    'MaskedL1Loss',
    'MoveNetHead',
    'MoveNetMapTerm',
    'PenaltyReducedFocalLoss',
    'RLEDSNTLoss',
    'SafeRLELoss',
    'SimCCTerm',
    'TeacherKeypointsTerm',
]
