"""Heatmap kernels on the cells of a grid.

Peaks are snapped to the nearest cell, so a peak is exactly 1; what the
cell loses is carried by MoveNet's offset branch. Shapes: K joints, grid
of H x W cells; ``cells`` (K, 2) hold integer (x, y).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np

__all__ = ['gaussian_radius', 'gaussian_disc', 'exponential_disc', 'disc']


def gaussian_radius(
    height: np.ndarray, width: np.ndarray, min_overlap: float = 0.7
) -> np.ndarray:
    r"""How far a box's corners may move while its IoU stays high.

    The three cases of CornerNet: both corners shifted alike, both moved
    inwards, both moved outwards, by r cells; the smallest root of

    .. math::
        \frac{(h-r)(w-r)}{2hw-(h-r)(w-r)},\quad
        \frac{(h-2r)(w-2r)}{hw},\quad \frac{hw}{(h+2r)(w+2r)}
        \;=\; \text{min\_overlap}.

    These are the exact roots. CenterNet's code, and TF's
    ``max_distance_for_overlap`` after it, takes for all three
    :math:`(-b + \sqrt{b^2 - 4ac}) / 2`, the least of which is
    :math:`4 \cdot 0.7` times the third root: three times as far in all.

    Args:
        height: h, box heights in cells, any shape.
        width: w, box widths in cells, the same shape.
        min_overlap: IoU in (0, 1).
    """
    total, area, t = height + width, height * width, min_overlap
    shifted = (total - np.sqrt(total**2 - 4 * area * (1 - t) / (1 + t))) / 2
    inside = (total - np.sqrt(total**2 - 4 * area * (1 - t))) / 4
    outside = (-total + np.sqrt(total**2 + 4 * area * (1 - t) / t)) / 4
    return np.minimum(np.minimum(shifted, inside), outside)


def gaussian_disc(sigma_cells: np.ndarray, radius: int) -> np.ndarray:
    r"""A Gaussian per joint, on the cells of ``disc(radius)``.

    .. math:: t = \exp(-d^2 / 2 \sigma_k^2)

    Args:
        sigma_cells: standard deviations (K, ), in cells.
        radius: in cells; three sigmas leave out values below 0.011.

    Returns:
        (K, M) float32 for the M cells of the disc.
    """
    dx, dy = disc(radius)
    scale = (-0.5 / np.square(sigma_cells)).astype(np.float32)
    return np.exp(scale[:, None] * (dx**2 + dy**2).astype(np.float32))


@lru_cache(maxsize=64)
def disc(radius: int) -> Tuple[np.ndarray, np.ndarray]:
    """The steps (dx, dy) to all cells within ``radius`` of a cell."""
    steps = np.arange(-radius, radius + 1)
    dy, dx = np.meshgrid(steps, steps, indexing='ij')
    inside = dx**2 + dy**2 <= radius**2
    return dx[inside], dy[inside]


@lru_cache(maxsize=64)
def exponential_disc(radius: int) -> np.ndarray:
    r"""The MoveNet article's kernel :math:`\exp(-3 d / R)` on ``disc(R)``.

    Unlike the article's code, whose loops stop one cell short on the right
    and below, the kernel is symmetric.
    """
    dx, dy = disc(radius)
    return np.exp(-3 * np.hypot(dx, dy) / max(radius, 1)).astype(np.float32)
