"""Pictures for people: targets, predictions, trainings, and models compared.

Importing this package needs MMPose; drawing needs OpenCV or matplotlib.
"""

from .calibration_plot import calibration_plot
from .ladder_plot import ladder_plot
from .person_areas_plot import person_areas_plot
from .prediction_sheet import prediction_sheet
from .target_sheet import target_sheet
from .training_curve import training_curve

__all__ = [
    'calibration_plot',
    'ladder_plot',
    'person_areas_plot',
    'prediction_sheet',
    'target_sheet',
    'training_curve',
]
