"""Backbones that MMPose lacks.

- :mod:`.light_shufflenet_v2`: ``LightShuffleNetV2``
"""

from .light_shufflenet_v2 import LightShuffleNetV2

__all__ = ['LightShuffleNetV2']
