"""Residual log-likelihood estimation that stays finite."""

from __future__ import annotations

import torch
from mmpose.models.utils.realnvp import RealNVP
from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import selected, weighted_mean
from .residual_likelihood import (
    RESIDUAL_DENSITIES,
    residual_nll,
    standard_log_prob,
)
from .terms import Takes

__all__ = ['SafeRLELoss']


@MODELS.register_module()
class SafeRLELoss(nn.Module):
    """RLE's negative log-likelihood, averaged over visible joints.

    Unlike MMPose's ``RLELoss``, which it takes the flow from: joints are
    selected before the flow and not weighted after it, where 0 times NaN is
    NaN; sigma has a floor; all is computed in float32 under autocast too;
    the result is a mean over visible joints and not a sum over joints
    divided by the batch. The flow's parameters keep MMPose's names.

    Args:
        density: which terms are counted how often, see
            :func:`~.residual_likelihood.residual_nll`: ``'mmpose'``;
            ``'official'``, that of RLE's authors; ``'paper'``, each once.
        sigma_floor: least sigma f, as a share of the input; s is taken as
            f + (1 - f) s, which, unlike a clamp, leaves every s a gradient.
            0.005 is a pixel of 192.
        residual: the flow learns only what the simple density misses.
        loss_weight: factor of the result.

    Raises:
        ValueError: ``density`` is unknown, ``sigma_floor`` not within
            (0, 1), or ``loss_weight`` negative.
    """

    takes = Takes(pred=('keypoints', 'sigmas'), target=('keypoints',))

    def __init__(
        self,
        density: str = 'mmpose',
        sigma_floor: float = 0.005,
        residual: bool = True,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if density not in RESIDUAL_DENSITIES:
            raise ValueError(
                'SafeRLELoss: density must be one of '
                f'{", ".join(RESIDUAL_DENSITIES)}, got {density!r}'
            )
        if not 0 < sigma_floor < 1:
            raise ValueError(
                'SafeRLELoss: sigma_floor must be between 0 and 1, '
                f'got {sigma_floor}'
            )
        refuse_negative(self, loss_weight=loss_weight)
        self.density, self.residual = density, residual
        self.sigma_floor, self.loss_weight = sigma_floor, loss_weight
        self.flow_model = RealNVP()

    def forward(
        self, keypoints: Tensor, sigmas: Tensor, target: Tensor, weight: Tensor
    ) -> Tensor:
        """See :func:`~.residual_likelihood.residual_nll`.

        Args:
            keypoints: (N, K, 2), as shares of the input.
            sigmas: (N, K, 2) in [0, 1], after the sigmoid.
            target: (N, K, 2), as shares of the input.
            weight: (N, K); 0 is ignored.

        Returns:
            Scalar; negative when the network is sure and right.

        Raises:
            ValueError: a visible sigma is outside of [0, 1].
        """
        with torch.autocast(keypoints.device.type, enabled=False):
            weight, keypoints, sigmas, target = selected(
                weight, keypoints, sigmas, target
            )
            if ((sigmas < 0) | (sigmas > 1)).any():
                raise ValueError(
                    'SafeRLELoss: sigmas must be in [0, 1], got '
                    f'{sigmas.min():.3g} to {sigmas.max():.3g}; '
                    'a sigmoid belongs before the loss'
                )
            sigmas = self.sigma_floor + (1 - self.sigma_floor) * sigmas
            error = (keypoints - target) / sigmas
            nll = residual_nll(
                error,
                sigmas,
                self.log_phi(error),
                RESIDUAL_DENSITIES[self.density],
                self.residual,
            )
            return self.loss_weight * weighted_mean(nll, weight)

    def log_phi(self, error: Tensor) -> Tensor:
        """Log-density of the flow at errors (M, 2): (M,).

        ``RealNVP.log_prob`` is the same number, but raises where the error
        is NaN, from within torch.distributions, and refuses float64.
        """
        flow = self.flow_model
        z, log_det = flow.backward_p(error.to(flow.mask.dtype))
        return (standard_log_prob(z) + log_det).to(error.dtype)
