"""Maps of one crop on another grid.

Cell j of n lies at the share j / n of the crop, in MMPose's crops of images
and in the maps of MoveNet and of plain heatmaps alike. So positions on two
grids of one crop differ by the ratio of the grids' sizes and by nothing else,
which neither setting of ``align_corners`` in ``F.interpolate`` gives.
"""

from __future__ import annotations

from typing import Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ['resample', 'resample_vectors']


def resample(maps: Tensor, size: Tuple[int, int]) -> Tensor:
    """Read maps bilinearly at the cells of another grid.

    What lies beyond the last cell, by less than one, has its value.

    Args:
        maps: (N, C, H, W).
        size: (h, w) of the result.

    Returns:
        (N, C, h, w); the maps themselves where their size is this.
    """
    source = tuple(maps.shape[2:])
    if source == tuple(size):
        return maps
    # grid_sample counts from -1 in the first cell to 1 in the last.
    y, x = (
        2 * torch.arange(n, device=maps.device) * m / (n * max(m - 1, 1)) - 1
        for n, m in zip(size, source)
    )
    grid = torch.stack(torch.meshgrid(x, y, indexing='xy'), -1).to(maps.dtype)
    return F.grid_sample(
        maps,
        grid.expand(len(maps), -1, -1, -1),
        mode='bilinear',
        padding_mode='border',
        align_corners=True,
    )


def resample_vectors(vectors: Tensor, size: Tuple[int, int]) -> Tensor:
    """The same of vectors in cells, which become cells of the new grid.

    Where the old vectors all point at one spot of the crop, so do the new.

    Args:
        vectors: (N, 2K, H, W), channels x0, y0, x1, y1, ...
        size: (h, w) of the result.

    Returns:
        (N, 2K, h, w); the vectors themselves where their size is this.
    """
    source = tuple(vectors.shape[2:])
    if source == tuple(size):
        return vectors
    ratio = vectors.new_tensor([size[1] / source[1], size[0] / source[0]])
    points = vectors.unflatten(1, (-1, 2)) + _cells(vectors, source)
    points = resample(points.flatten(1, 2), size).unflatten(1, (-1, 2))
    moved = points * ratio.view(2, 1, 1) - _cells(vectors, size)
    return moved.flatten(1, 2)


def _cells(like: Tensor, size: Tuple[int, int]) -> Tensor:
    """x and y of each cell, (2, H, W)."""
    y, x = (torch.arange(n).to(like) for n in size)
    return torch.stack(torch.meshgrid(x, y, indexing='xy'))
