"""The losses' formulas, in torch.

Every loss is a mean over the visible joints of all processes: duplicating
the batch leaves it unchanged, and training on two processes gives one
process's gradients. Shapes: N batch, K joints, H x W grid.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch import distributed as dist

__all__ = ['visible_mean', 'foreground_mse', 'masked_l1']


def visible_mean(values: Tensor, visible: Tensor) -> Tensor:
    """Mean of ``values`` over the joints where ``visible`` is true.

    With several processes, the sum here is divided by the *mean count of
    the processes*, so that the average of their losses, and of their
    gradients, is the mean over all joints of the global batch.

    Args:
        values: (N, K).
        visible: (N, K) bool.

    Returns:
        Scalar; 0 when nothing is visible.
    """
    total = torch.where(visible, values, values.new_zeros(())).sum()
    count = visible.sum().to(values.dtype)
    if dist.is_available() and dist.is_initialized():
        dist.all_reduce(count)
        count = count / dist.get_world_size()
    # One joint in all, seen by one of P processes, makes a count of 1/P.
    return total / torch.where(count > 0, count, torch.ones_like(count))


def foreground_mse(
    output: Tensor, target: Tensor, weight: Tensor, foreground: float
) -> Tensor:
    r"""Squared error that counts more where the target is high.

    .. math:: \sum_{yx} w (p - t)^2 (k t + 1)

    summed over each joint's map, then averaged over the joints. From
    fire717's MoveNet (k = 8), which ignores no joint.

    Args:
        output: p, (N, K, H, W).
        target: t, (N, K, H, W) in [0, 1].
        weight: w, broadcastable to (N, K, H, W); 0 is ignored.
        foreground: k.
    """
    weight = weight.to(output.dtype).expand_as(output)
    error = weight * (output - target).square() * (foreground * target + 1)
    return visible_mean(error.sum((2, 3)), (weight > 0).flatten(2).any(2))


def masked_l1(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    r"""Absolute error of x and y over the cells that have a target.

    .. math:: \sum_{yx} w (|\Delta x| + |\Delta y|) / \sum_{yx} w

    for each joint, then averaged over the joints.

    Args:
        output: (N, 2K, H, W), channels x0, y0, x1, y1, ...
        target: (N, 2K, H, W).
        weight: (N, K, H, W); 0 is ignored.
    """
    weight = weight.to(output.dtype)
    error = (output - target).abs().unflatten(1, (-1, 2)).sum(2) * weight
    cells = weight.sum((2, 3))
    # A floor such as 1e-12 is 0 in half precision: 0 / 0 in the gradient.
    per_joint = error.sum((2, 3)) / torch.where(
        cells > 0, cells, torch.ones_like(cells)
    )
    return visible_mean(per_joint, cells > 0)
