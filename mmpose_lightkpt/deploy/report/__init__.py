"""Merge benchmark records of several devices into a report.

It reads what :mod:`..results` writes, and needs the standard library alone.
"""

from .write import FILES, build_report

__all__ = ['FILES', 'build_report']
