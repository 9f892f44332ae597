"""Divergence of SimCC's bins."""

from __future__ import annotations

from typing import Tuple

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import bin_kl, selected, weighted_mean

__all__ = ['BinKLLoss']


@MODELS.register_module()
class BinKLLoss(nn.Module):
    """Kullback-Leibler divergence of x and y, added, over visible joints.

    Unlike MMPose's ``KLDiscretLoss``, which sums over the batch, counts
    hidden joints in its divisor and divides x and y by their own numbers of
    bins, it is the divergence of the joint's distribution over the plane,
    and both axes weigh the same.

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
        self,
        outputs: Tuple[Tensor, Tensor],
        targets: Tuple[Tensor, Tensor],
        weight: Tensor,
    ) -> Tensor:
        """See :func:`~.functional.bin_kl`.

        Args:
            outputs: logits of x (N, K, Wx) and of y (N, K, Wy).
            targets: probabilities, likewise, each row with sum 1.
            weight: (N, K); 0 is ignored.
        """
        weight, x, y, target_x, target_y = selected(weight, *outputs, *targets)
        return self.loss_weight * weighted_mean(
            bin_kl(x, target_x) + bin_kl(y, target_y), weight
        )
