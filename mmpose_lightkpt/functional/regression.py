"""Keypoints that come out of the network as coordinates.

Shapes: N batch, K joints. Coordinates are shares of the input's size.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

__all__ = ['decode', 'decode_margins', 'sigmas_from_logits', 'to_pixels']


def sigmas_from_logits(logits: np.ndarray, floor: float = 0.0) -> np.ndarray:
    r"""Widths in (floor, 1).

    .. math:: \sigma = f + (1 - f) / (1 + e^{-z})

    RLE divides by sigma. With the floor no residual is blown up by more
    than 1 / f, and unlike with a clamp, a sigma that lies there can still
    be raised.

    Args:
        logits: z, any shape.
        floor: f, in [0, 1); 0 is RLE's plain sigmoid.
    """
    # tanh neither overflows nor warns, whatever the logit.
    return floor + (1 - floor) * (0.5 + 0.5 * np.tanh(0.5 * logits))


def to_pixels(
    shares: np.ndarray, input_size: Tuple[int, int], half_pixel: bool = False
) -> np.ndarray:
    r"""Coordinates as shares of the input to pixels.

    .. math:: x = w u \quad\text{or}\quad x = w u - 0.5

    Args:
        shares: u, (..., 2).
        input_size: (w, h), px.
        half_pixel: u is (x + 0.5) / w rather than MMPose's x / w. Then 0
            and 1 are the input's outer edges, and 1 - u is the mirror's.
    """
    return shares * np.asarray(input_size, shares.dtype) - 0.5 * half_pixel


def decode(
    output: np.ndarray,
    input_size: Tuple[int, int],
    half_pixel: bool = False,
    sigma_floor: float = 0.0,
) -> Tuple[np.ndarray, np.ndarray]:
    """Turn regressed shares into keypoints.

    Args:
        output: (N, K, 2) shares x, y, or (N, K, 4) with the logits of their
            sigmas, as RLE gives them.
        input_size: (w, h), px.
        half_pixel: see :func:`to_pixels`.
        sigma_floor: see :func:`sigmas_from_logits`.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K): 1 minus
        the mean of both sigmas, or 1 where no sigma is given.

    Raises:
        ValueError: there are neither 2 nor 4 numbers for a joint.
    """
    output = np.asarray(output, np.float32)
    channels = output.shape[-1]
    if output.ndim != 3 or channels not in (2, 4):
        raise ValueError(
            'regression: the output must be (N, K, 2) or, with sigmas, '
            f'(N, K, 4), got {output.shape}'
        )
    keypoints = to_pixels(output[..., :2], input_size, half_pixel)
    scores = np.ones(output.shape[:2], np.float32)
    if channels == 4:
        scores -= sigmas_from_logits(output[..., 2:], sigma_floor).mean(-1)
    return keypoints[:, None].astype(np.float32), scores[:, None]


def decode_margins(
    output: np.ndarray,
    input_size: Tuple[int, int],
    half_pixel: bool = False,
    sigma_floor: float = 0.0,
) -> np.ndarray:
    """Infinite (N, K): a coordinate has no second best answer.

    Takes what :func:`decode` takes.
    """
    del input_size, half_pixel, sigma_floor
    return np.full(output.shape[:2], np.inf, np.float32)
