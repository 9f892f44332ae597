"""The soft-argmax of :mod:`~mmpose_lightkpt.functional.integral`, in torch.

For training, where it needs a gradient; decoding is numpy's, everywhere.
"""

from __future__ import annotations

import math
from typing import Tuple

import torch
from torch import Tensor

from ...functional.integral import MAX_FLOOR_SHARE

__all__ = ['soft_argmax']


def _expectation(probabilities: Tensor) -> Tensor:
    height, width = probabilities.shape[-2:]
    kind = dict(dtype=probabilities.dtype, device=probabilities.device)
    x = (torch.arange(width, **kind) + 0.5) / width
    y = (torch.arange(height, **kind) + 0.5) / height
    return torch.stack(
        [probabilities.sum(-2) @ x, probabilities.sum(-1) @ y], dim=-1
    )


def _floor_share(
    logits: Tensor, log_sum: Tensor, probabilities: Tensor, debias: str
) -> Tensor:
    """r (..., 1), by the rules of ``functional.integral.DEBIAS``."""
    cells = logits.shape[-2] * logits.shape[-1]
    if debias == 'paper':
        return (math.log(cells) - log_sum).exp()
    if debias == 'floor':
        return cells * probabilities.flatten(-2).amin(-1, keepdim=True)
    if debias == 'mmpose':
        log_sum = logits.flatten(-2).logsumexp(-1, keepdim=True)
        # Of maps that sum to less than 1 r is beyond any limit; an infinite
        # one would have a gradient of NaN.
        return (-log_sum).clamp(max=0).exp()
    return 1 / probabilities.flatten(-2).exp().sum(-1, keepdim=True)


def soft_argmax(
    logits: Tensor,
    temperature: float = 10.0,
    debias: str = 'none',
    max_floor_share: float = MAX_FLOOR_SHARE,
) -> Tuple[Tensor, Tensor]:
    r"""The mean of each map, with or without its floor; differentiable.

    .. math:: \partial J^o / \partial z_q = p_q (x_q - J^o) / (1 - r)

    where :math:`z = \beta h` and the floor is not at its limit, beyond which
    it has no gradient. In float32 at least, also under autocast: a share of
    a softmax over some thousand cells is nothing in half precision.

    Args:
        logits: h, (..., H, W).
        temperature: beta.
        debias: one of ``functional.integral.DEBIAS``.
        max_floor_share: r is at most this.

    Returns:
        Points (..., 2), normalised, and probabilities (..., H, W).
    """
    with torch.autocast(logits.device.type, enabled=False):
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if debias == 'paper':
            logits = logits.relu()
        scaled = (temperature * logits).flatten(-2)
        probabilities = scaled.softmax(-1).view_as(logits)
        points = _expectation(probabilities)
        if debias == 'none':
            return points, probabilities
        log_sum = scaled.logsumexp(-1, keepdim=True)
        share = _floor_share(logits, log_sum, probabilities, debias)
        share = share.clamp(max=max_floor_share)
        middle = points.new_full((2,), 0.5)
        if debias in ('mmpose', 'article'):
            height, width = logits.shape[-2:]
            middle = middle + 0.5 / middle.new_tensor([width, height])
        return (points - share * middle) / (1 - share), probabilities
