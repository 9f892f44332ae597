"""Weights of losses, learned along with the network."""

from __future__ import annotations

from typing import Dict, Iterable

import torch
from torch import Tensor, nn

from .functional import visible_mean

__all__ = ['LearnedWeights']


class LearnedWeights(nn.ParameterDict):
    r"""A log-variance for each of some losses, to weigh them by.

    .. math:: \sum_i e^{-s_i} L_i + s_i

    (Kendall, CVPR 2018), s bounded for the reason that
    :class:`~.automatic_weighted_loss.AutomaticWeightedLoss` gives. At first s
    is 0: a plain sum.

    Args:
        names: of the losses.
        max_log_var: bound m of s; 3 lets weights be from 0.05 to 20.

    Raises:
        ValueError: ``max_log_var`` is not positive.
    """

    def __init__(self, names: Iterable[str], max_log_var: float = 3.0):
        if not max_log_var > 0:
            raise ValueError(
                f'learned weights: max_log_var must be positive, '
                f'got {max_log_var}'
            )
        super().__init__(
            {name: nn.Parameter(torch.zeros(())) for name in names}
        )
        self.max_log_var = max_log_var

    def log_var(self, name: str) -> Tensor:
        """Bounded logarithm of a loss's variance, s."""
        bound = self.max_log_var
        return bound * torch.tanh(self[name] / bound)

    def weigh(
        self, values: Dict[str, Tensor], seen: Tensor
    ) -> Dict[str, Tensor]:
        """Each weighted loss, to be added up by MMEngine.

        Args:
            values: scalars by name.
            seen: (N, K) bool, which joints count; where none does, the
                weights learn nothing.

        Returns:
            ``loss_<name>`` of each; and, to be logged, the loss itself as
            ``raw_<name>`` and its weight as ``weight_<name>``.
        """
        results = {}
        for name, value in values.items():
            s = self.log_var(name)
            factor = torch.exp(-s)
            results[f'loss_{name}'] = factor * value + visible_mean(
                s.expand_as(seen), seen
            )
            results[f'raw_{name}'] = value.detach()
            results[f'weight_{name}'] = factor.detach()
        return results
