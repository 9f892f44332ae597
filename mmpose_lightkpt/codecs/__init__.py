"""Codecs: parameters and calls into :mod:`mmpose_lightkpt.functional`.

- :mod:`.movenet_label`: ``MoveNetLabel``
"""

from .movenet_label import MoveNetLabel

__all__ = ['MoveNetLabel']
