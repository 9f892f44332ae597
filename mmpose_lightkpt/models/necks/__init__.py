"""Necks.

- :mod:`.light_fpn`: ``LightFPN``
"""

from .light_fpn import LightFPN

__all__ = ['LightFPN']
