"""Metrics that MMPose lacks.

Importing this package needs MMPose; the formulas are in ``functional`` and
need numpy alone.
"""
from .pixel_pck import PixelPCK
from .torso_pck import TorsoPCK

__all__ = ['PixelPCK', 'TorsoPCK']
