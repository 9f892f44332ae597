"""How wide the kernel of a heatmap is, by the size of the person.

Sizes (P, 2) are (w, h) in cells of a grid.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np

from .heatmap import gaussian_radius

__all__ = ['box_sigma', 'radius_by_area']


def box_sigma(size: np.ndarray) -> np.ndarray:
    """CenterNet's sigma of boxes in cells, (P, ): a third of the radius."""
    radius = gaussian_radius(size[..., 1], size[..., 0])
    return (2 * np.floor(radius) + 1) / 6


def radius_by_area(size: np.ndarray, grid: Tuple[int, int]) -> np.ndarray:
    """The MoveNet article's radius (P, ) by the area of the joints' box.

    R = 4, 5 or 6 cells of 48: below 0.16 of the frame, below 0.30, above.
    """
    share = np.prod(size / np.array(grid), axis=-1)
    radius = 4 + (share >= 0.16) + (share >= 0.30)
    return np.maximum(np.rint(radius * max(grid) / 48), 1).astype(np.int64)
