"""Contracts that any codec, loss or head can be run against.

They are plain functions that take a case and raise ``AssertionError``, for
the tests of this package and of plug-ins built on it:

- :mod:`.codec_contract` needs numpy alone,
- :mod:`.loss_contract` needs torch,
- :mod:`.head_contract` needs torch and MMPose.
"""
