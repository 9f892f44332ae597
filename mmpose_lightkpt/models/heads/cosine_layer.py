"""A layer across all cells of a map, of the article on regression heads."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ['CosineLayer']


class CosineLayer(nn.Module):
    r"""Cosines between a map and one learned map per cell.

    .. math:: h'_i = (w_i \cdot h + b_i) / (\|h\| \|w_i\|)

    Close to the article's ``softmax_fc``, which comes with its debias and may
    well be what its gain is from: it ties all cells together, as SimCC's
    layers do. Unlike there, an empty map gives 0, not NaN.

    Args:
        cells: H * W.
    """

    def __init__(self, cells: int):
        super().__init__()
        self.linear = nn.Linear(cells, cells)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, K, H, W) to maps of the same size, about in [-1, 1]."""
        flat = maps.flatten(2)
        norm = flat.norm(2, -1, True).clamp(min=1e-6)
        sides = self.linear.weight.norm(2, -1).clamp(min=1e-6)
        return (self.linear(flat) / norm / sides).view_as(maps)
