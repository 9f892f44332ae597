"""Pictures for people: targets, predictions, the course of a training.

Importing this package needs MMPose; drawing needs OpenCV or matplotlib.
"""

from .prediction_sheet import prediction_sheet
from .target_sheet import target_sheet
from .training_curve import training_curve

__all__ = ['prediction_sheet', 'target_sheet', 'training_curve']
