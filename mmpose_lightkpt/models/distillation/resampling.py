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

__all__ = ['fit', 'resample', 'resample_vectors']


def resample(maps: Tensor, size: Tuple[int, int]) -> Tensor:
    """Read maps bilinearly at the cells of another grid.

    What lies beyond the last cell, by less than one, has its value.

    Args:
        maps: (N, C, H, W).
        size: (h, w) of the result.

    Returns:
        (N, C, h, w), no less than float32; the maps themselves where their
        size is this.
    """
    source = tuple(maps.shape[2:])
    maps = _widened(maps)
    if source == tuple(size):
        return maps
    # grid_sample counts from -1 in the first cell to 1 in the last.
    y, x = (
        2 * torch.arange(n).double() * m / (n * max(m - 1, 1)) - 1
        for n, m in zip(size, source)
    )
    grid = torch.stack(torch.meshgrid(x, y, indexing='xy'), -1).to(maps)
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
        (N, 2K, h, w), no less than float32; the vectors themselves where
        their size is this.
    """
    source = tuple(vectors.shape[2:])
    vectors = _widened(vectors)
    if source == tuple(size):
        return vectors
    ratio = vectors.new_tensor([size[1] / source[1], size[0] / source[0]])
    points = vectors.unflatten(1, (-1, 2)) + _cells(vectors, source)
    points = resample(points.flatten(1, 2), size).unflatten(1, (-1, 2))
    moved = points * ratio.view(2, 1, 1) - _cells(vectors, size)
    return moved.flatten(1, 2)


def fit(
    images: Tensor, size: Tuple[int, int], border: Tensor
) -> Tuple[Tensor, Tuple[int, int, int, int]]:
    """Show whole images at another size, in their own shape.

    Args:
        images: (N, C, H, W).
        size: (w, h) of the result.
        border: (1, C, 1, 1), what is beside an image of another shape.

    Returns:
        (N, C, h, w), and x, y, w, h of the image within it, pixels.
    """
    height, width = images.shape[2:]
    scale = min(size[0] / width, size[1] / height)
    w, h = round(width * scale), round(height * scale)
    x, y = (size[0] - w) // 2, (size[1] - h) // 2
    images = resample(images, (h, w))
    if (w, h) != tuple(size):
        whole = border.expand(len(images), -1, size[1], size[0]).clone()
        whole[:, :, y : y + h, x : x + w] = images
        images = whole
    return images, (x, y, w, h)


def _widened(maps: Tensor) -> Tensor:
    """Half precision would misplace a cell by a quarter of one."""
    return maps.to(torch.promote_types(maps.dtype, torch.float32))


def _cells(like: Tensor, size: Tuple[int, int]) -> Tensor:
    """x and y of each cell, (2, H, W)."""
    y, x = (torch.arange(n).to(like) for n in size)
    return torch.stack(torch.meshgrid(x, y, indexing='xy'))
