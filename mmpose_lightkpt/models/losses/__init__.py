"""Losses: the formulas in :mod:`.functional`, one thin class per file.

- :mod:`.bin_kl_loss`: ``BinKLLoss``
- :mod:`.dsnt_loss`: ``DSNTLoss``
- :mod:`.foreground_mse_loss`: ``ForegroundMSELoss``
- :mod:`.masked_l1_loss`: ``MaskedL1Loss``
- :mod:`.rle_dsnt_loss`: ``RLEDSNTLoss``, the sum of some of the others
- :mod:`.safe_rle_loss`: ``SafeRLELoss``
- :mod:`.terms`: what such sums share
"""

from .bin_kl_loss import BinKLLoss
from .dsnt_loss import DSNTLoss
from .foreground_mse_loss import ForegroundMSELoss
from .masked_l1_loss import MaskedL1Loss
from .rle_dsnt_loss import RLEDSNTLoss
from .safe_rle_loss import SafeRLELoss

__all__ = [
    'BinKLLoss',
    'DSNTLoss',
    'ForegroundMSELoss',
    'MaskedL1Loss',
    'RLEDSNTLoss',
    'SafeRLELoss',
]
