"""Checks that the losses' constructors share."""

from __future__ import annotations

__all__ = ['refuse_negative']


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
