"""Heads: ``forward`` is pure tensors and is what gets exported.

- :mod:`.flip`: ``average_flipped``, the flip test of all heads
- :mod:`.movenet_head`: ``MoveNetHead``
"""

from .movenet_head import MoveNetHead

__all__ = ['MoveNetHead']
