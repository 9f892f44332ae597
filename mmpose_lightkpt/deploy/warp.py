"""Scaling and shifting an image, with or without OpenCV.

A board needs no OpenCV to cut a box out of a frame. The numpy form follows
the fixed-point arithmetic of ``cv2.warpAffine`` (source positions in 1/1024
pixel, interpolation at multiples of 1/32 pixel), so both give one crop.
"""
from typing import Tuple

import numpy as np

_STEP = 1024  # units per source pixel in which positions are accumulated
_FRACTIONS = 32  # positions between two pixels at which cv2 interpolates


def _taps(scale: float, shift: float, out_size: int,
          in_size: int) -> Tuple[np.ndarray, np.ndarray]:
    """Source pixels and integer weights of one axis.

    Returns:
        indices (2, out_size) into an axis padded by one black pixel on both
        ends, and weights (2, out_size) that add up to ``_FRACTIONS``.
    """
    steps = np.rint(np.arange(out_size) * (_STEP / scale)).astype(np.int64)
    start = np.rint(-shift / scale * _STEP).astype(np.int64)
    fine = (start + steps + _STEP // _FRACTIONS // 2) // (_STEP // _FRACTIONS)
    first, fraction = np.divmod(fine, _FRACTIONS)
    indices = np.clip(np.stack([first, first + 1]) + 1, 0, in_size + 1)
    return indices, np.stack([_FRACTIONS - fraction, fraction])


def warp_numpy(image: np.ndarray, matrix: np.ndarray,
               size: Tuple[int, int]) -> np.ndarray:
    """:func:`warp_bilinear` without OpenCV, for axis-aligned maps only.

    Raises:
        ValueError: the matrix rotates or shears.
    """
    if matrix[0, 1] or matrix[1, 0]:
        raise ValueError('warp_numpy: only scaling and shifting is done '
                         f'without OpenCV, got the matrix {matrix.tolist()}')
    cols, col_weights = _taps(matrix[0, 0], matrix[0, 2], size[0],
                              image.shape[1])
    rows, row_weights = _taps(matrix[1, 1], matrix[1, 2], size[1],
                              image.shape[0])
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0))).astype(np.int32)
    lines = padded[:, cols[0]] * col_weights[0][:, None]
    lines += padded[:, cols[1]] * col_weights[1][:, None]
    out = lines[rows[0]] * row_weights[0][:, None, None]
    out += lines[rows[1]] * row_weights[1][:, None, None]
    unit = _FRACTIONS * _FRACTIONS
    return ((out + unit // 2) // unit).astype(np.uint8)


def warp_bilinear(image: np.ndarray, matrix: np.ndarray,
                  size: Tuple[int, int]) -> np.ndarray:
    """Map an image through an affine matrix, black outside the image.

    Args:
        image: (H, W, 3) uint8.
        matrix: (2, 3), from image pixels to output pixels.
        size: ``(w, h)`` of the output.

    Returns:
        (h, w, 3) uint8.
    """
    try:
        import cv2
    except ImportError:
        return warp_numpy(image, matrix, size)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)
