"""Inference engines behind one protocol."""

from .base import Runtime
from .ncnn import PRECISIONS, NcnnRuntime

__all__ = ['PRECISIONS', 'NcnnRuntime', 'Runtime']
