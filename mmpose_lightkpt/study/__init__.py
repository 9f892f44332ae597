"""One command for a whole comparison: train, test, export, time, report."""

from .plan import Run, Study
from .study import STEPS, run_study
from .study_file import load_study

__all__ = ['STEPS', 'Run', 'Study', 'load_study', 'run_study']
