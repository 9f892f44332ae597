"""Mean squared error that counts more on the foreground."""

from __future__ import annotations

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import foreground_mse

__all__ = ['ForegroundMSELoss']


@MODELS.register_module()
class ForegroundMSELoss(nn.Module):
    r"""Squared error times :math:`(k t + 1)`, summed over each map.

    Unlike MMPose's ``KeypointMSELoss`` the error is summed over a map and
    averaged over visible joints, so its size does not depend on how many
    joints are hidden.

    Args:
        foreground: k; 0 is the plain squared error.
        loss_weight: factor of the result.

    Raises:
        ValueError: ``foreground`` or ``loss_weight`` is negative.
    """

    def __init__(self, foreground: float = 8.0, loss_weight: float = 1.0):
        super().__init__()
        refuse_negative(self, foreground=foreground, loss_weight=loss_weight)
        self.foreground = foreground
        self.loss_weight = loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.foreground_mse`.

        Args:
            output: (N, K, H, W).
            target: (N, K, H, W) in [0, 1].
            target_weight: broadcastable to (N, K, H, W).
        """
        return self.loss_weight * foreground_mse(
            output, target, target_weight, self.foreground
        )
