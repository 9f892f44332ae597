"""Heads: ``forward`` is pure tensors and is what gets exported.

- :mod:`.flip`: ``average_flipped``, the flip test of all heads
- :mod:`.light_rle_head`: ``LightRLEHead``
- :mod:`.movenet_head`: ``MoveNetHead``
"""

from .light_rle_head import LightRLEHead
from .movenet_head import MoveNetHead

__all__ = ['LightRLEHead', 'MoveNetHead']
