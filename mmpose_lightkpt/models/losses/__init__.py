"""Losses: the formulas in :mod:`.functional`, one thin class per file.

- :mod:`.automatic_weighted_loss`: ``AutomaticWeightedLoss``, of any of these
- :mod:`.bin_kl_loss`: ``BinKLLoss``
- :mod:`.bone_length_loss`: ``BoneLengthLoss``
- :mod:`.dsnt_loss`: ``DSNTLoss``
- :mod:`.expected_oks_loss`: ``ExpectedOKSLoss``
- :mod:`.foreground_mse_loss`: ``ForegroundMSELoss``
- :mod:`.learned_weights`: what ``AutomaticWeightedLoss`` learns
- :mod:`.masked_l1_loss`: ``MaskedL1Loss``
- :mod:`.penalty_reduced_focal_loss`: ``PenaltyReducedFocalLoss``
- :mod:`.rle_dsnt_loss`: ``RLEDSNTLoss``, the sum of any of these
- :mod:`.safe_rle_loss`: ``SafeRLELoss``, its density in
  :mod:`.residual_likelihood`
- :mod:`.terms`: what the two composites share
"""

from .automatic_weighted_loss import AutomaticWeightedLoss
from .bin_kl_loss import BinKLLoss
from .bone_length_loss import BoneLengthLoss
from .dsnt_loss import DSNTLoss
from .expected_oks_loss import ExpectedOKSLoss
from .foreground_mse_loss import ForegroundMSELoss
from .masked_l1_loss import MaskedL1Loss
from .penalty_reduced_focal_loss import PenaltyReducedFocalLoss
from .rle_dsnt_loss import RLEDSNTLoss
from .safe_rle_loss import SafeRLELoss

__all__ = [
    'AutomaticWeightedLoss',
    'BinKLLoss',
    'BoneLengthLoss',
    'DSNTLoss',
    'ExpectedOKSLoss',
    'ForegroundMSELoss',
    'MaskedL1Loss',
    'PenaltyReducedFocalLoss',
    'RLEDSNTLoss',
    'SafeRLELoss',
]
