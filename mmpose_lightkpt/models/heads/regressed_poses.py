"""The poses that a map of vectors holds, one for each cell that counts."""

from __future__ import annotations

from typing import Tuple

import torch
from torch import Tensor

__all__ = ['regressed_poses']


def regressed_poses(
    output: Tensor, target: Tensor, weight: Tensor
) -> Tuple[Tensor, Tensor, Tensor]:
    """Read the vectors of a cell as a pose about that cell.

    A loss on what does not change where a pose is moved to, such as the
    lengths of its bones, can be taken of these.

    Args:
        output: (N, 2K, H, W) in cells, channels x0, y0, x1, y1, ...
        target: (N, 2K, H, W), likewise.
        weight: (N, K, H, W); a cell counts where any joint's is not 0.

    Returns:
        Poses (M, K, 2) of output and target as shares of the map's size, and
        their weights (M, K), of the M cells that count in the batch.
    """
    counts = (weight > 0).any(1)
    size = output.new_tensor(output.shape[:1:-1])  # W, H

    def poses(vectors: Tensor) -> Tensor:
        points = vectors.unflatten(1, (-1, 2)).permute(0, 3, 4, 1, 2)
        return points[counts] / size

    weights = weight.permute(0, 2, 3, 1)[counts]
    return poses(output), poses(target), weights.to(torch.float32)
