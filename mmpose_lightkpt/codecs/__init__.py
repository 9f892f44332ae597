"""Codecs: parameters and calls into :mod:`mmpose_lightkpt.functional`.

- :mod:`.integral_rle_label`: ``IntegralRLELabel``
- :mod:`.light_simcc_label`: ``LightSimCCLabel``
- :mod:`.movenet_label`: ``MoveNetLabel``
- :mod:`.movenet_multi_label`: ``MoveNetMultiLabel``
"""

from .integral_rle_label import IntegralRLELabel
from .light_simcc_label import LightSimCCLabel
from .movenet_label import MoveNetLabel
from .movenet_multi_label import MoveNetMultiLabel

__all__ = [
    'IntegralRLELabel',
    'LightSimCCLabel',
    'MoveNetLabel',
    'MoveNetMultiLabel',
]
