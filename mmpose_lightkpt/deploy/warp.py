"""Scaling and shifting an image, with or without OpenCV.

A board needs no OpenCV to cut a box out of a frame. The numpy form follows
the fixed-point arithmetic of ``cv2.warpAffine`` (source positions in 1/1024
pixel, interpolation at multiples of 1/32 pixel), so both give one crop.
"""

from typing import Tuple

import numpy as np

_STEP = 1024  # units per source pixel in which positions are accumulated
_FRACTIONS = 32  # positions between two pixels at which cv2 interpolates


def _taps(
    positions: np.ndarray, in_size: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Source pixels and integer weights of one axis.

    Args:
        positions: where each output pixel lies in the source, (out_size,)
            integers in units of 1/``_STEP`` pixel.
        in_size: pixels of the source along this axis.

    Returns:
        Two source indices and their weights per output pixel, both
        (2, out_size). Weights add up to ``_FRACTIONS``, less where an index
        is outside the source: there the image is black.
    """
    grain = _STEP // _FRACTIONS
    first, fraction = np.divmod((positions + grain // 2) // grain, _FRACTIONS)
    indices = np.stack([first, first + 1])
    weights = np.stack([_FRACTIONS - fraction, fraction])
    weights[(indices < 0) | (indices >= in_size)] = 0
    # numpy of a 32-bit board takes no 64-bit indices.
    return np.clip(indices, 0, in_size - 1).astype(np.intp), weights


def warp_numpy(
    image: np.ndarray, matrix: np.ndarray, size: Tuple[int, int]
) -> np.ndarray:
    """:func:`warp_bilinear` without OpenCV, for axis-aligned maps only.

    Raises:
        ValueError: the matrix rotates or shears.
    """
    if matrix[0, 1] or matrix[1, 0]:
        raise ValueError(
            'warp_numpy: only scaling and shifting is done '
            f'without OpenCV, got the matrix {matrix.tolist()}'
        )
    scale = 1 / matrix[[0, 1], [0, 1]]
    start = -scale * matrix[:, 2]
    # cv2 rounds start and step apart along x, their sum along y.
    x = np.rint(np.arange(size[0]) * scale[0] * _STEP) + np.rint(
        start[0] * _STEP
    )
    y = np.rint((np.arange(size[1]) * scale[1] + start[1]) * _STEP)
    cols, col_weights = _taps(x.astype(np.int64), image.shape[1])
    rows, row_weights = _taps(y.astype(np.int64), image.shape[0])
    left = cols.min()
    strip = image[:, left : cols.max() + 1]
    weights = row_weights.astype(np.uint16)[..., None, None]
    lines = strip[rows[0]] * weights[0] + strip[rows[1]] * weights[1]
    weights = col_weights.astype(np.uint32)[..., None]
    first, second = np.take(lines, cols - left, axis=1).swapaxes(0, 1)
    out = first * weights[0] + second * weights[1]
    unit = _FRACTIONS * _FRACTIONS
    return ((out + unit // 2) // unit).astype(np.uint8)


def warp_bilinear(
    image: np.ndarray, matrix: np.ndarray, size: Tuple[int, int]
) -> np.ndarray:
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
