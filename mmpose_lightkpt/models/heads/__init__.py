"""Heads: ``forward`` is pure tensors and is what gets exported.

- :mod:`.movenet_head`: ``MoveNetHead``
"""

from .movenet_head import MoveNetHead

__all__ = ['MoveNetHead']
