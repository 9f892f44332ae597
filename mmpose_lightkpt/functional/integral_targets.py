r"""What a map of integral regression should look like: a Gaussian.

Along one axis, n cells and a point mu in cells (cell j at j), the target is
:math:`q_j \propto e^{-(j - m)^2 / 2 \sigma^2}`. Sampled on few cells and cut
off at the border, it has another mean than m. Here m is chosen so that the
mean is mu to 1e-9: the two terms of a loss on the mean and on the map then
agree. Moving m is tilting :math:`q_j` by an exponential, so of all maps with
this mean ours is the closest to the Gaussian.

Shapes: M points, H x W map; points are (x, y) in cells.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

__all__ = ['exact_gaussian', 'exact_maps', 'rounded_maps']

# A mean on the last cell's very centre would need an m of infinity.
EDGE_CELLS = 1e-3
_TOLERANCE = 1e-9
_STEPS = 60


def _sampled(location: np.ndarray, size: int, sigma: float) -> np.ndarray:
    """Gaussians (M, n) of sum 1 at ``location`` (M, ), in cells."""
    cells = np.arange(size)
    exponent = (location[:, None] * cells - cells**2 / 2) / sigma**2
    values = np.exp(exponent - exponent.max(1, keepdims=True))
    return values / values.sum(1, keepdims=True)


def exact_gaussian(mu: np.ndarray, size: int, sigma: float) -> np.ndarray:
    r"""Gaussians on n cells whose means are ``mu``.

    Newton's method on m, for the log odds of the mean, which are close to
    linear in m; where a step leaves the interval known to hold m, the
    interval is halved.

    Args:
        mu: (M, ) in cells. Means beyond the outermost cells' centres, 0 and
            n - 1, do not exist; such points get a mean 0.001 cells inside
            of them, the narrowest map there is.
        size: n, at least 2.
        sigma: in cells.

    Returns:
        (M, n) float64, each of sum 1.
    """
    top = size - 1
    mean = np.clip(np.asarray(mu, np.float64), EDGE_CELLS, top - EDGE_CELLS)
    # At m = s^2 log(d / 4) the mean is below d: a geometric series.
    reach = sigma**2 * -np.log(EDGE_CELLS / 4)
    low, high = np.full(mean.shape, -reach), np.full(mean.shape, top + reach)
    location, cells = mean.copy(), np.arange(size)
    for _ in range(_STEPS):
        weights = _sampled(location, size, sigma)
        found = weights @ cells
        if np.abs(found - mean).max(initial=0) < _TOLERANCE:
            break
        low = np.where(found < mean, location, low)
        high = np.where(found > mean, location, high)
        with np.errstate(divide='ignore', invalid='ignore'):
            variance = weights @ cells**2 - found**2
            odds = np.log(mean / (top - mean) * (top - found) / found)
            slope = variance * top / (sigma**2 * found * (top - found))
            step = location + odds / slope
        inside = (step >= low) & (step <= high)
        location = np.where(inside, step, (low + high) / 2)
    return weights


def exact_maps(
    points: np.ndarray, size: Tuple[int, int], sigma: Tuple[float, float]
) -> np.ndarray:
    """Maps whose means are the points: the product of both axes.

    Args:
        points: (M, 2) in cells.
        size: (W, H).
        sigma: along x and y, in cells.

    Returns:
        (M, H, W) float32, each of sum 1.
    """
    x, y = (
        exact_gaussian(points[:, axis], size[axis], sigma[axis])
        for axis in range(2)
    )
    return (y[:, :, None] * x[:, None]).astype(np.float32)


def rounded_maps(
    points: np.ndarray, size: Tuple[int, int], sigma: Tuple[float, float]
) -> np.ndarray:
    """MMPose's maps: at the nearest cell, cut off at three sigmas.

    Up to half a cell beside the point, 16 px at a stride of 32. For the
    comparison; takes and returns what :func:`exact_maps` does.
    """
    sides = []
    for axis in range(2):
        away = np.arange(size[axis]) - np.floor(points[:, axis, None] + 0.5)
        side = np.exp(-(away**2) / (2 * sigma[axis] ** 2))
        side[np.abs(away) > 3 * sigma[axis]] = 0
        sides.append(side / side.sum(1, keepdims=True))
    x, y = sides
    return (y[:, :, None] * x[:, None]).astype(np.float32)
