"""The density of residual log-likelihood estimation (arXiv 2107.11291)."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

__all__ = [
    'RESIDUAL_DENSITIES',
    'ResidualDensity',
    'residual_nll',
    'standard_log_prob',
]


class ResidualDensity(NamedTuple):
    """How RLE's terms are counted; see :func:`residual_nll`.

    Attributes:
        log_sigmas: a, for each axis.
        constant: c, for each axis.
        scale: b.
        log_phis: m, for each joint.
    """

    log_sigmas: int
    constant: float
    scale: float
    log_phis: int


RESIDUAL_DENSITIES = {
    'mmpose': ResidualDensity(2, math.log(2), 1.0, 2),
    'official': ResidualDensity(2, math.log(2 * math.pi) / 2, math.sqrt(2), 2),
    'paper': ResidualDensity(1, math.log(2), 1.0, 1),
}


def residual_nll(
    error: Tensor,
    sigma: Tensor,
    log_phi: Tensor,
    density: ResidualDensity,
    residual: bool = True,
) -> Tensor:
    r"""Negative log-likelihood of a joint under RLE's density.

    .. math:: \sum_{xy} (a \log \sigma + c + |e| / b) - m \log \varphi(e)

    The paper (arXiv 2107.11291) has each term once: a = m = 1 and a unit
    Laplace for Q. Its authors' code and MMPose's add log phi to each axis,
    and log sigma to Q as well as to the flow's term: a = m = 2. Both also
    differ from each other in Q, hence in c and b.

    Args:
        error: e, (M, 2), the distance divided by sigma.
        sigma: (M, 2), positive.
        log_phi: log-density of the flow at e, (M,).
        density: a, c, b, m.
        residual: the flow has only to learn what Q misses; without, Q, which
            is c, \|e\| / b and its own log sigma, is left out.

    Returns:
        (M,); it may be negative.
    """
    axes = sigma.log()
    if residual:
        axes = density.log_sigmas * axes
        axes = axes + density.constant + error.abs() / density.scale
    return axes.sum(1) - density.log_phis * log_phi


def standard_log_prob(z: Tensor) -> Tensor:
    """Log-density (M,) of the standard normal in the plane at z (M, 2)."""
    return -z.square().sum(1) / 2 - math.log(2 * math.pi)
