"""L1 over the cells that have a target."""

from __future__ import annotations

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import masked_l1

__all__ = ['MaskedL1Loss']


@MODELS.register_module()
class MaskedL1Loss(nn.Module):
    """Absolute error of x and y, in cells, where a target is given.

    Unlike fire717's, which reads one cell per joint, it takes any region.

    Args:
        loss_weight: factor of the result.

    Raises:
        ValueError: ``loss_weight`` is negative.
    """

    def __init__(self, loss_weight: float = 1.0):
        super().__init__()
        refuse_negative(self, loss_weight=loss_weight)
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.masked_l1`.

        Args:
            output: (N, 2K, H, W), channels x0, y0, x1, y1, ...
            target: (N, 2K, H, W).
            target_weight: (N, K, H, W); 0 is ignored.
        """
        return self.loss_weight * masked_l1(output, target, target_weight)
