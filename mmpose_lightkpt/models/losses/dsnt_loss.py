"""DSNT's regularisers of a heatmap's shape."""

from __future__ import annotations

from typing import Optional, Sequence, Union

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative
from .functional import (
    js_divergence,
    kl_divergence,
    map_variance,
    selected,
    weighted_mean,
)
from .terms import Takes

__all__ = ['DSNTLoss']

KINDS = ('js', 'kl', 'variance')


@MODELS.register_module()
class DSNTLoss(nn.Module):
    """How far a map of probabilities is from its target's shape.

    The terms of dsntnn (arXiv 1801.07372), averaged over visible joints.
    Unlike MMPose's ``JSDiscretLoss``, which sums over joints and divides by
    the batch, it does not grow with K nor shrink with hidden joints, and it
    is computed in float32 under autocast too.

    Args:
        kind: ``'js'``, Jensen-Shannon; ``'kl'``, Kullback-Leibler of the map
            from the target; ``'variance'``, squared error of the variance
            along x and y, in cells to the fourth, wherever the map's mean is.
        sigma_cells: standard deviation that ``'variance'`` asks for, in
            cells, for both axes or (x, y); by default that of the target,
            which near the border is less than its Gaussian's. The
            divergences compare with the target and take none.
        loss_weight: factor of the result.

    Raises:
        ValueError: ``kind`` is unknown, ``sigma_cells`` not positive or given
            to a divergence, or ``loss_weight`` negative.
    """

    takes = Takes(pred=('heatmaps',), target=('heatmaps',))

    def __init__(
        self,
        kind: str = 'js',
        sigma_cells: Optional[Union[float, Sequence[float]]] = None,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if kind not in KINDS:
            raise ValueError(
                f'DSNTLoss: kind must be one of {", ".join(KINDS)}, '
                f'got {kind!r}'
            )
        refuse_negative(self, loss_weight=loss_weight)
        self.kind, self.loss_weight = kind, loss_weight
        self.sigma_cells = self._pair(kind, sigma_cells)

    @staticmethod
    def _pair(kind, sigma_cells):
        if sigma_cells is None:
            return None
        if kind != 'variance':
            raise ValueError(
                f'DSNTLoss: sigma_cells is for kind variance, got kind {kind} '
                f"and {sigma_cells}; the codec's sigma is in the target"
            )
        pair = (
            (sigma_cells,) * 2
            if isinstance(sigma_cells, (int, float))
            else tuple(sigma_cells)
        )
        if len(pair) != 2 or not all(sigma > 0 for sigma in pair):
            raise ValueError(
                'DSNTLoss: sigma_cells must be positive, one number or '
                f'(x, y), got {sigma_cells}'
            )
        return pair

    def forward(
        self, heatmaps: Tensor, target: Tensor, weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.js_divergence` and its neighbours.

        Args:
            heatmaps: (N, K, H, W), each map with sum 1.
            target: (N, K, H, W), likewise.
            weight: (N, K); 0 is ignored.
        """
        weight, heatmaps, target = selected(weight, heatmaps, target)
        if self.kind == 'js':
            terms = js_divergence(heatmaps, target)
        elif self.kind == 'kl':
            terms = kl_divergence(heatmaps, target)
        else:
            terms = self._variance_error(heatmaps, target)
        return self.loss_weight * weighted_mean(terms, weight)

    def _variance_error(self, heatmaps: Tensor, target: Tensor) -> Tensor:
        if self.sigma_cells is None:
            wanted = map_variance(target)
        else:
            wanted = heatmaps.new_tensor(self.sigma_cells).square()
        return (map_variance(heatmaps) - wanted).square().sum(1)
