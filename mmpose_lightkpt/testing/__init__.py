"""Contracts that any codec, loss or head can be run against.

They are plain functions that take a case and raise ``AssertionError``, for
the tests of this package and of plug-ins built on it. Checking codecs needs
numpy alone; losses and heads need torch.
"""
from .codec_contract import CODEC_CHECKS, CodecCase

__all__ = ['CODEC_CHECKS', 'CodecCase']
