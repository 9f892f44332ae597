"""CenterNet's focal loss on heatmaps."""

from __future__ import annotations

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import penalty_reduced_focal

__all__ = ['PenaltyReducedFocalLoss']


@MODELS.register_module()
class PenaltyReducedFocalLoss(nn.Module):
    """Focal loss whose negatives count less near a peak.

    Unlike MMPose's ``FocalHeatmapLoss``, which divides by the peaks of the
    whole batch, it is a mean over visible joints, keeps whatever an ignored
    cell holds out of value and gradient, and stays finite where an output is
    exactly 0 or 1.

    Args:
        alpha: how much less cells count that are nearly right; 2 in
            CornerNet, CenterNet and TF.
        beta: how much less negatives count near a peak; 4 there.
        loss_weight: factor of the result.

    Raises:
        ValueError: an argument is negative.
    """

    def __init__(
        self, alpha: float = 2.0, beta: float = 4.0, loss_weight: float = 1.0
    ):
        super().__init__()
        refuse_negative(self, alpha=alpha, beta=beta, loss_weight=loss_weight)
        self.alpha, self.beta = alpha, beta
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.penalty_reduced_focal`.

        Args:
            output: (N, K, H, W) in [0, 1].
            target: (N, K, H, W) in [0, 1], 1 at peaks alone.
            target_weight: broadcastable to (N, K, H, W).
        """
        return self.loss_weight * penalty_reduced_focal(
            output, target, target_weight, self.alpha, self.beta
        )
