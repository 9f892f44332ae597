"""A layer across all cells of a map, of the article on regression heads."""

from __future__ import annotations

from mmpose.utils.typing import OptConfigType
from torch import Tensor, nn

__all__ = ['CosineLayer']

_LEAST = 1e-6


class CosineLayer(nn.Module):
    r"""Cosines between a map and one learned map per cell.

    .. math:: h'_i = (w_i \cdot h + b_i) / (\|h\| \|w_i\|)

    Close to the article's ``softmax_fc``, which comes with its debias and may
    well be what its gain is from: it ties all cells together, as SimCC's
    layers do. Unlike there, an empty map gives 0, not NaN, and the layer
    starts as the identity, so that it can be put behind trained maps.

    Args:
        cells: H * W.
    """

    def __init__(self, cells: int):
        super().__init__()
        self.linear = nn.Linear(cells, cells)
        self.deployed = False

    def init_weights(self) -> None:
        """Cell i asks for cell i: at first, maps of norm 1."""
        nn.init.eye_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def _sides(self) -> Tensor:
        return self.linear.weight.norm(2, -1).clamp(min=_LEAST)

    def switch_to_deploy(self, test_cfg: OptConfigType = None) -> None:
        """Divide the weights once and for all; ncnn could not in the graph.

        MMPose's ``model.switch_to_deploy()`` calls this.
        """
        del test_cfg
        if not self.deployed:
            sides = self._sides().detach()
            self.linear.weight.data /= sides[:, None]
            self.linear.bias.data /= sides
        self.deployed = True

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, K, H, W) to maps of the same size, about in [-1, 1]."""
        flat = maps.flatten(2)
        cosines = self.linear(flat)
        cosines = cosines / flat.norm(2, -1, True).clamp(min=_LEAST)
        if not self.deployed:
            cosines = cosines / self._sides()
        return cosines.unflatten(2, maps.shape[2:])
