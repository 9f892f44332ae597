"""Checks that the losses' constructors share."""

from __future__ import annotations

from typing import Sequence

__all__ = ['refuse_negative', 'refuse_other_than_size']


def refuse_negative(owner: object, **values: float) -> None:
    """Name the argument that is negative or no number.

    Args:
        owner: whose constructor it is.
        values: arguments by name.

    Raises:
        ValueError: one is below 0, or NaN.
    """
    for name, value in values.items():
        if not value >= 0:
            raise ValueError(
                f'{type(owner).__name__}: {name} must not be negative, '
                f'got {value}'
            )


def refuse_other_than_size(owner: object, **values: Sequence[float]) -> None:
    """Name the argument that is no size (w, h).

    Args:
        owner: whose constructor it is.
        values: arguments by name.

    Raises:
        ValueError: one is not two positive numbers.
    """
    for name, value in values.items():
        if len(value) != 2 or not all(side > 0 for side in value):
            raise ValueError(
                f'{type(owner).__name__}: {name} must be two positive '
                f'numbers, (w, h), got {value}'
            )
