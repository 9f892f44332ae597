"""Losses: the formulas in :mod:`.functional`, one thin class per file.

- :mod:`.foreground_mse_loss`: ``ForegroundMSELoss``
- :mod:`.masked_l1_loss`: ``MaskedL1Loss``
"""

from .foreground_mse_loss import ForegroundMSELoss
from .masked_l1_loss import MaskedL1Loss

__all__ = ['ForegroundMSELoss', 'MaskedL1Loss']
