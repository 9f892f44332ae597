"""Backbones that MMPose lacks.

- :mod:`.light_mobilenet_v2`: ``LightMobileNetV2``
- :mod:`.light_mobilenet_v3`: ``LightMobileNetV3``
- :mod:`.light_shufflenet_v2`: ``LightShuffleNetV2``
"""

from .light_mobilenet_v2 import LightMobileNetV2
from .light_mobilenet_v3 import LightMobileNetV3
from .light_shufflenet_v2 import LightShuffleNetV2

__all__ = ['LightMobileNetV2', 'LightMobileNetV3', 'LightShuffleNetV2']
