"""Keypoints from heatmaps, as MMPose's ``MSRAHeatmap`` decodes them.

Without OpenCV, so that a board gives the same answers as the codec a model
was trained with. Shapes: N batch, K joints, H x W grid; cell j lies at pixel
j * stride.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np

__all__ = ['blur', 'decode', 'decode_margins', 'gaussian_kernel']

# OpenCV's kernels of up to 7 taps when no sigma is given, times 64.
_SMALL = {
    1: (64,),
    3: (16, 32, 16),
    5: (4, 16, 24, 16, 4),
    7: (2, 7, 14, 18, 14, 7, 2),
}
_REFINEMENTS = ('quarter', 'dark')


@lru_cache(maxsize=32)
def gaussian_kernel(size: int) -> np.ndarray:
    r"""OpenCV's Gaussian of odd ``size`` where no sigma is given.

    .. math:: \sigma = 0.3 ((s - 1) / 2 - 1) + 0.8

    for more than 7 taps; below, fixed binary fractions. Sums to 1.
    """
    if size in _SMALL:
        kernel = np.array(_SMALL[size], np.float32) / 64
    else:
        sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8
        steps = np.arange(size) - (size - 1) / 2
        kernel = np.exp(-0.5 * np.square(steps / sigma))
        kernel = (kernel / kernel.sum()).astype(np.float32)
    kernel.setflags(write=False)
    return kernel


@lru_cache(maxsize=32)
def _blur_matrix(length: int, size: int) -> np.ndarray:
    """(L, L): the blur of a line with zeros beyond its ends."""
    steps = np.arange(length)
    distance = steps - steps[:, None] + (size - 1) // 2
    inside = (distance >= 0) & (distance < size)
    weights = gaussian_kernel(size)[np.clip(distance, 0, size - 1)]
    return np.where(inside, weights, np.float32(0))


def blur(heatmaps: np.ndarray, size: int) -> np.ndarray:
    """Blur (..., H, W) maps with zeros around them and keep their maxima.

    DARK's way of making a predicted bump look like a Gaussian.

    Args:
        heatmaps: (..., H, W).
        size: taps of the kernel, odd.
    """
    rows, columns = (_blur_matrix(n, size) for n in heatmaps.shape[-2:])
    blurred = rows @ heatmaps @ columns.T
    before = heatmaps.max((-2, -1), keepdims=True)
    after = blurred.max((-2, -1), keepdims=True)
    # An empty map stays one.
    return blurred * (before / np.where(after == 0, 1, after))


def _peaks(heatmaps: np.ndarray) -> Tuple[np.ndarray, ...]:
    """Integer x, y and the value of each map's maximum, all (N, K)."""
    flat = heatmaps.reshape(*heatmaps.shape[:2], -1)
    best = flat.argmax(-1)
    value = np.take_along_axis(flat, best[..., None], -1)[..., 0]
    y, x = np.divmod(best, heatmaps.shape[-1])
    return x, y, value


class _Neighbours:
    """Values at integer steps from one cell (x, y) per map."""

    def __init__(self, heatmaps: np.ndarray, x: np.ndarray, y: np.ndarray):
        self.maps, self.x, self.y = heatmaps, x, y
        self.n, self.k = np.ogrid[: x.shape[0], : x.shape[1]]

    def __call__(self, dx: int, dy: int) -> np.ndarray:
        """(N, K); cells beyond the border count as the border's."""
        height, width = self.maps.shape[-2:]
        x = np.clip(self.x + dx, 0, width - 1)
        y = np.clip(self.y + dy, 0, height - 1)
        return self.maps[self.n, self.k, y, x]


def _slopes(heatmaps, x, y) -> Tuple[np.ndarray, np.ndarray]:
    """Right minus left and lower minus upper neighbour, (N, K, 2), and
    where MMPose looks at them: not along the first two lines."""
    at = _Neighbours(heatmaps, x, y)
    height, width = heatmaps.shape[-2:]
    slopes = np.stack([at(1, 0) - at(-1, 0), at(0, 1) - at(0, -1)], -1)
    inside_x = (x > 1) & (x < width - 1) & (y > 0)
    inside_y = (y > 1) & (y < height - 1) & (x > 0)
    return slopes, np.stack([inside_x, inside_y], -1)


def _quarter_shift(heatmaps, x, y) -> np.ndarray:
    """A quarter of a cell to the higher neighbour, (N, K, 2)."""
    slopes, inside = _slopes(heatmaps, x, y)
    return np.where(inside, 0.25 * np.sign(slopes), 0)


def _dark_shift(heatmaps, x, y, kernel_size: int) -> np.ndarray:
    """Newton's step to the maximum of the blurred map's log, (N, K, 2)."""
    height, width = heatmaps.shape[-2:]
    logs = np.log(np.maximum(blur(heatmaps, kernel_size), 1e-10))
    at = _Neighbours(logs, x, y)
    dx = (at(1, 0) - at(-1, 0)) / 2
    dy = (at(0, 1) - at(0, -1)) / 2
    dxx = (at(2, 0) - 2 * at(0, 0) + at(-2, 0)) / 4
    dyy = (at(0, 2) - 2 * at(0, 0) + at(0, -2)) / 4
    dxy = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
    det = dxx * dyy - dxy * dxy
    usable = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    usable &= det != 0
    det = np.where(usable, det, 1)
    step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], -1)
    return np.where(usable[..., None], step / det[..., None], 0)


def decode(
    heatmaps: np.ndarray,
    stride: Tuple[float, float],
    refine: str = 'quarter',
    blur_kernel_size: int = 11,
) -> Tuple[np.ndarray, np.ndarray]:
    """Take each map's maximum and refine it below a cell.

    Args:
        heatmaps: (N, K, H, W).
        stride: input pixels per cell along x and y.
        refine: ``'quarter'`` moves by a quarter of a cell to the higher
            neighbour, ``'dark'`` (``unbiased=True`` in MMPose) to the peak
            of a Gaussian.
        blur_kernel_size: taps of DARK's blur, odd.

    Returns:
        Keypoints (N, 1, K, 2) in input pixels and scores (N, 1, K): the
        maximum, clipped to [0, 1] as MMPose's is not. Where no value is
        positive the keypoint is MMPose's (-1, -1) cells, its score 0.

    Raises:
        ValueError: ``refine`` is unknown.
    """
    if refine not in _REFINEMENTS:
        raise ValueError(
            f'heatmap: refine must be one of {_REFINEMENTS}, got {refine!r}'
        )
    heatmaps = np.asarray(heatmaps, np.float32)
    x, y, value = _peaks(heatmaps)
    if refine == 'dark':
        shift = _dark_shift(heatmaps, x, y, blur_kernel_size)
    else:
        shift = _quarter_shift(heatmaps, x, y)
    cells = np.stack([x, y], -1) + shift
    cells[value <= 0] = -1
    keypoints = (cells * np.asarray(stride)).astype(np.float32)
    return keypoints[:, None], np.clip(value, 0, 1)[:, None]


def decode_margins(
    heatmaps: np.ndarray,
    stride: Tuple[float, float],
    refine: str = 'quarter',
    blur_kernel_size: int = 11,
) -> np.ndarray:
    """How clearly each joint's decisions were taken, (N, K).

    The smallest of: the lead of the best cell, its distance from 0, and for
    quarter steps the slopes whose signs they follow. Takes what
    :func:`decode` takes.
    """
    del stride, blur_kernel_size
    heatmaps = np.asarray(heatmaps, np.float32)
    flat = heatmaps.reshape(*heatmaps.shape[:2], -1)
    second, first = np.moveaxis(np.partition(flat, -2, -1)[..., -2:], -1, 0)
    margins = np.minimum(first - second, np.abs(first))
    if refine == 'quarter':
        x, y, _ = _peaks(heatmaps)
        slopes, inside = _slopes(heatmaps, x, y)
        deciding = np.where(inside, np.abs(slopes), np.inf).min(-1)
        margins = np.minimum(margins, deciding)
    return margins.astype(np.float32)
