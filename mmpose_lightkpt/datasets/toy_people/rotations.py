"""Rotation matrices of a body whose axes are (own left, up, forward)."""

import numpy as np


def _turn(angle: float, first: int, second: int) -> np.ndarray:
    matrix = np.eye(3)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix[first, first] = matrix[second, second] = cos
    matrix[first, second], matrix[second, first] = -sin, sin
    return matrix


def pitch(angle: float) -> np.ndarray:
    """About the left axis, degrees: positive tips the up axis forward."""
    return _turn(angle, 1, 2)


def yaw(angle: float) -> np.ndarray:
    """About the up axis, degrees: positive turns forward to the left."""
    return _turn(angle, 2, 0)


def roll(angle: float) -> np.ndarray:
    """About the forward axis, degrees: positive tips up to the right."""
    return _turn(angle, 0, 1)
