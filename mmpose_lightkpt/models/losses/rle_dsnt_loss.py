"""The sum of weighted losses that integral regression is trained by."""

from __future__ import annotations

from typing import Dict, Mapping, Optional

from mmpose.registry import MODELS
from torch import Tensor

from .terms import LossTerms

__all__ = ['RLEDSNTLoss']


@MODELS.register_module()
class RLEDSNTLoss(LossTerms):
    """RLE on the coordinates and DSNT on the map, or other terms.

    Each term is weighted by its own ``loss_weight`` and logged by its name.
    MMPose's ``DSNTHead`` adds exactly two terms without weights, and cannot
    have RLE among them.

    Args:
        terms: see :class:`~.terms.LossTerms`; ``rle``, a ``SafeRLELoss``,
            and ``dsnt``, a ``DSNTLoss``, by default.

    Raises:
        ValueError: there is no term, a name is no identifier or holds
            ``loss``, a type is unknown or cannot be a term.
    """

    def __init__(self, terms: Optional[Mapping[str, dict]] = None):
        if terms is None:
            terms = dict(
                rle=dict(type='SafeRLELoss'), dsnt=dict(type='DSNTLoss')
            )
        super().__init__(terms)

    def forward(
        self,
        pred: Dict[str, Tensor],
        target: Dict[str, Tensor],
        weight: Tensor,
    ) -> Dict[str, Tensor]:
        """Each term, to be added up by MMEngine.

        Args:
            pred: ``keypoints`` (N, K, 2) as shares of the input, and, where a
                term takes them, ``sigmas`` (N, K, 2) in [0, 1] and
                ``heatmaps`` (N, K, H, W) of probabilities.
            target: ``keypoints`` and, where taken, ``heatmaps``.
            weight: (N, K); 0 is ignored.

        Returns:
            ``loss_<name>`` of each term.

        Raises:
            ValueError: ``pred`` or ``target`` lacks what a term takes.
        """
        values = self.evaluate(pred, target, weight)
        return {f'loss_{name}': value for name, value in values.items()}
