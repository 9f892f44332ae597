"""Batch normalisations as of a model that was trained with them."""

from __future__ import annotations

from typing import Dict, Iterable

import torch
from torch import Tensor, nn

__all__ = ['calibrate_batch_norm']


def calibrate_batch_norm(model: nn.Module, batches: Iterable[Tensor]) -> int:
    r"""Give each batch normalisation the statistics of real images.

    An imported model's are the identity, and would take everything from
    their first batches once it is trained on. With the mean m and the
    variance v of what each receives, here

    .. math:: \gamma' = g \sqrt{v + \epsilon}, \qquad
              \beta' = \beta + (m - \mu) g, \qquad
              g = \gamma / \sqrt{\sigma^2 + \epsilon},

    so that the model computes what it did, and in training mode, with the
    batch's own statistics, nearly the same.

    Args:
        model: in evaluation mode afterwards.
        batches: normalised images (N, 3, H, W); the more persons the better.

    Returns:
        How many images that were.

    Raises:
        ValueError: there is no image.
    """
    sums: Dict[nn.Module, list] = {}
    handles = [
        module.register_forward_pre_hook(
            lambda m, inputs: _add(sums.setdefault(m, [0, 0, 0]), inputs[0])
        )
        for module in model.modules()
        if isinstance(module, nn.BatchNorm2d)
    ]
    model.eval()
    images = 0
    try:
        with torch.no_grad():
            for batch in batches:
                model(batch, None)
                images += len(batch)
    finally:
        for handle in handles:
            handle.remove()
    if not images:
        raise ValueError('calibrate_batch_norm: no image was given')
    for module, (count, total, squares) in sums.items():
        mean = total / count
        _set(module, mean, (squares / count - mean.square()).clamp(min=0))
    return images


def _add(sums: list, x: Tensor) -> None:
    x = x.double()
    for index, value in enumerate(
        (x[:, 0].numel(), x.sum((0, 2, 3)), x.square().sum((0, 2, 3)))
    ):
        sums[index] = sums[index] + value


def _set(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    old_mean, old_variance, gamma, beta = (
        part.detach().double()
        for part in (
            norm.running_mean,
            norm.running_var,
            norm.weight,
            norm.bias,
        )
    )
    gain = gamma / (old_variance + norm.eps).sqrt()
    with torch.no_grad():
        norm.weight.copy_(gain * (variance + norm.eps).sqrt())
        norm.bias.copy_(beta + (mean - old_mean) * gain)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
