"""Losses that find their own weights."""

from __future__ import annotations

from typing import Dict, Mapping

from mmpose.registry import MODELS
from torch import Tensor

from .learned_weights import LearnedWeights
from .terms import LossTerms

__all__ = ['AutomaticWeightedLoss']


@MODELS.register_module()
class AutomaticWeightedLoss(LossTerms):
    r"""Learned weights around any terms (Kendall, CVPR 2018).

    .. math:: \sum_i e^{-s_i} L_i + s_i

    with s, the logarithm of a term's variance, learned along with the
    network: where L is positive, it rests at log L, so that each term comes
    to weigh 1 / L, whatever its own ``loss_weight``. At first s is 0: a
    plain sum.

    A term that may be negative, as RLE's, has no such rest: once L < 0, the
    sum falls without end as s does. Kendall's s is unbounded; here it is
    :math:`m \tanh(\theta / m)`, so that no weight leaves
    :math:`[e^{-m}, e^m]` and :math:`\theta` can come back. Keep weight decay
    off ``log_vars`` (``paramwise_cfg``): it pulls all weights to 1.

    Args:
        terms: see :class:`~.terms.LossTerms`.
        max_log_var: m; 3 lets weights be from 0.05 to 20.

    Raises:
        ValueError: as :class:`~.terms.LossTerms`, or ``max_log_var`` is not
            positive.
    """

    def __init__(self, terms: Mapping[str, dict], max_log_var: float = 3.0):
        super().__init__(terms)
        self.log_vars = LearnedWeights(terms, max_log_var)

    def forward(
        self,
        pred: Dict[str, Tensor],
        target: Dict[str, Tensor],
        weight: Tensor,
    ) -> Dict[str, Tensor]:
        """Each weighted term, to be added up by MMEngine.

        Args:
            pred: see :class:`~.rle_dsnt_loss.RLEDSNTLoss`.
            target: likewise.
            weight: (N, K); 0 is ignored. With nothing visible all is 0, and
                the weights learn nothing.

        Returns:
            ``loss_<name>`` of each term; and, to be logged, the term itself
            as ``raw_<name>`` and its weight as ``weight_<name>``.

        Raises:
            ValueError: ``pred`` or ``target`` lacks what a term takes.
        """
        values = self.evaluate(pred, target, weight)
        return self.log_vars.weigh(values, weight > 0)
