"""The losses' formulas, in torch.

Every loss is a mean over the visible joints of all processes: duplicating
the batch leaves it unchanged, and training on two processes gives one
process's gradients. Shapes: N batch, K joints, H x W grid; M joints that
were :func:`selected` because they count.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import torch
from torch import Tensor
from torch import distributed as dist

__all__ = [
    'bin_kl',
    'bone_lengths',
    'check_weight',
    'expected_oks',
    'foreground_mse',
    'js_divergence',
    'kl_divergence',
    'map_variance',
    'masked_l1',
    'penalty_reduced_focal',
    'selected',
    'visible_mean',
    'weighted_mean',
]

EPSILON = 1e-24  # dsntnn's; a normal number of float32, but not of float16
PROBABILITY = 1e-6  # floor within a logarithm


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


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of the values times their weights over the joints that count.

    Args:
        values: (M,).
        weight: (M,), positive.

    Returns:
        Scalar; 0 when M is 0.
    """
    return visible_mean(values * weight, weight > 0)


def check_weight(weight: Tensor) -> None:
    """Raise ``ValueError`` where the weights are missing or not (N, K)."""
    if weight is None or weight.ndim != 2:
        raise ValueError(
            'a weight (N, K), one number for each joint, must be given, got '
            f'{None if weight is None else tuple(weight.shape)}'
        )


def selected(weight: Tensor, *tensors: Tensor) -> Tuple[Tensor, ...]:
    """Leave the joints that count, in float32 or better.

    Unlike a product with 0, this keeps whatever a hidden joint holds, NaN
    included, out of the value and out of the gradient.

    Args:
        weight: (N, K); 0 is ignored.
        tensors: each (N, K, ...).

    Returns:
        The weights (M,), then what is left of each tensor, (M, ...).

    Raises:
        ValueError: there are no weights, or a shape is another.
    """
    check_weight(weight)
    for tensor in tensors:
        if tensor.shape[:2] != weight.shape:
            raise ValueError(
                'what a loss compares must be (N, K, ...) with the '
                f"weight's {tuple(weight.shape)}, got {tuple(tensor.shape)}"
            )
    counts = weight > 0
    return tuple(
        part.to(torch.promote_types(part.dtype, torch.float32))
        for part in (tensor[counts] for tensor in (weight, *tensors))
    )


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


def penalty_reduced_focal(
    output: Tensor,
    target: Tensor,
    weight: Tensor,
    alpha: float = 2.0,
    beta: float = 4.0,
) -> Tensor:
    r"""Focal loss of CornerNet and CenterNet (ECCV 2018, arXiv 1904.07850).

    .. math:: -\sum_{yx} w
        \begin{cases} (1-p)^\alpha \log p & t = 1 \\
        (1-t)^\beta p^\alpha \log(1-p) & t < 1 \end{cases}

    summed over each joint's map, then averaged over the joints. There the
    sum of the batch is divided by its peaks, which is the same where each map
    has one. The least loss is not at the target but where the output is 1 at
    the peaks and 0 elsewhere.

    Args:
        output: p, (N, K, H, W) in [0, 1].
        target: t, (N, K, H, W) in [0, 1], 1 at peaks alone.
        weight: w, broadcastable to (N, K, H, W); 0 is ignored.
        alpha: exponent of how far an output is from right.
        beta: exponent of how far a negative is from a peak.
    """
    p = output.to(torch.promote_types(output.dtype, torch.float32))
    target, weight = target.to(p.dtype), weight.to(p.dtype).expand_as(p)
    p = torch.where(weight > 0, p, p.new_zeros(()))
    log_p, log_q = (x.clamp_min(PROBABILITY).log() for x in (p, 1 - p))
    peak = -((1 - p) ** alpha) * log_p
    rest = -((1 - target) ** beta) * p**alpha * log_q
    error = weight * torch.where(target == 1, peak, rest)
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


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence :math:`\sum p (\log p - \log q)` of maps.

    As dsntnn computes it; finite where either is exactly 0.

    Args:
        p: (M, H, W), each map with sum 1.
        q: likewise.

    Returns:
        (M,).
    """
    logs = (p + EPSILON).log() - (q + EPSILON).log()
    return (p * logs).sum((1, 2))


def js_divergence(p: Tensor, q: Tensor) -> Tensor:
    """Jensen-Shannon divergence of maps (M, H, W): (M,) in [0, log 2]."""
    middle = (p + q) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2


def map_variance(p: Tensor) -> Tensor:
    """Variance of each map along x and along y.

    Args:
        p: (M, H, W), each map with sum 1.

    Returns:
        (M, 2) in square cells, (x, y).
    """
    variances = []
    for marginal in (p.sum(1), p.sum(2)):
        cells = torch.arange(marginal.shape[1]).to(marginal)
        mean = (marginal * cells).sum(1, keepdim=True)
        variances.append((marginal * (cells - mean).square()).sum(1))
    return torch.stack(variances, 1)


def bin_kl(logits: Tensor, target: Tensor) -> Tensor:
    r"""Divergence of bins :math:`\sum t (\log t - \log \mathrm{softmax})`.

    Args:
        logits: (M, B).
        target: t, (M, B), with sum 1; 0 log 0 is 0.

    Returns:
        (M,).
    """
    return (target.xlogy(target) - target * logits.log_softmax(1)).sum(1)


def expected_oks(
    p: Tensor,
    points: Tensor,
    sigmas: Tensor,
    area: float,
    input_size: Sequence[float],
) -> Tensor:
    r"""Similarity that a point drawn from each map has with the true one.

    .. math:: \sum_q p(q) \exp(-d_q^2 / (2 s^2 (2 \sigma)^2))

    over the cells q, d the distance in input pixels between the cell's
    centre (j + 0.5) / n and the point: a joint's part in COCO's OKS, in
    expectation (ProbPose, CVPR 2025).

    Args:
        p: (M, H, W), each map with sum 1.
        points: (M, 2), as shares of the input, (x + 0.5) / w.
        sigmas: the joints' standard deviations (M,) as COCO lists them.
        area: s squared, in square input pixels.
        input_size: (w, h).

    Returns:
        (M,) in [0, 1].
    """
    kernels = []
    for axis, cells in enumerate((p.shape[2], p.shape[1])):
        centers = (torch.arange(cells).to(p) + 0.5) / cells
        away = (centers - points[:, axis, None]) * input_size[axis]
        spread = 2 * area * (2 * sigmas[:, None]).square()
        kernels.append((-away.square() / spread).exp())
    x, y = kernels
    return ((p * x[:, None]).sum(2) * y).sum(1)


def bone_lengths(
    start: Tensor, end: Tensor, input_size: Sequence[float]
) -> Tensor:
    """Lengths of bones, as shares of the input's longer side.

    The gradient of a bone without length is 0, where that of a square root
    would be infinite.

    Args:
        start: one joint of each bone, (M, 2), as shares of the input.
        end: the other, likewise.
        input_size: (w, h).

    Returns:
        (M,).
    """
    size = start.new_tensor(input_size)
    return torch.linalg.vector_norm((end - start) * size / size.max(), dim=1)
