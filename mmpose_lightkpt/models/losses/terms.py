"""Several losses on one prediction, each under its name."""

from __future__ import annotations

from typing import Dict, Mapping, NamedTuple, Tuple

from mmpose.registry import MODELS
from torch import Tensor, nn

from .functional import selected, visible_mean

__all__ = ['LossTerms', 'Takes']

# MMPose's losses of (output, target, weight) that are means over points.
COORDINATE_LOSSES = (
    'L1Loss',
    'MSELoss',
    'SmoothL1Loss',
    'SoftWeightSmoothL1Loss',
    'SoftWingLoss',
    'WingLoss',
)


class Takes(NamedTuple):
    """What a loss is called with, in this order, before the weights.

    Attributes:
        pred: names of what the network says: ``keypoints`` (N, K, 2) as
            shares of the input, ``sigmas`` (N, K, 2) in [0, 1], ``heatmaps``
            (N, K, H, W) of probabilities.
        target: names of what the codec says: ``keypoints``, ``heatmaps``.
    """

    pred: Tuple[str, ...]
    target: Tuple[str, ...]


COORDINATES = Takes(pred=('keypoints',), target=('keypoints',))


class LossTerms(nn.Module):
    """Builds named losses and calls each with what it takes.

    MMPose's coordinate losses are given the visible joints alone, so that
    they are means over these too; with ``use_target_weight`` they multiply
    by the weights.

    Args:
        terms: from a name, such as ``rle``, to the config of a loss that has
            ``takes``, or of one of MMPose's coordinate losses.

    Raises:
        ValueError: there is no term, a name is no identifier, one of
            ``nn.ModuleDict``'s or holds ``loss`` (MMEngine adds up all that
            does), a type is unknown or cannot be a term.
    """

    def __init__(self, terms: Mapping[str, dict]):
        super().__init__()
        owner = type(self).__name__
        if not terms:
            raise ValueError(f'{owner}: terms must name a loss, got {terms}')
        for name, cfg in terms.items():
            self._check_name(name)
            kind = cfg.get('type')
            if isinstance(kind, str) and MODELS.get(kind) is None:
                raise ValueError(
                    f'{owner}: terms has {name} of type {kind!r}, '
                    'which is not registered'
                )
        self.terms = nn.ModuleDict(
            {name: MODELS.build(cfg) for name, cfg in terms.items()}
        )
        self._takes = {
            name: self._takes_of(name, loss, terms[name])
            for name, loss in self.terms.items()
        }

    def _check_name(self, name: str) -> None:
        taken = hasattr(nn.ModuleDict, name)
        if not name.isidentifier() or 'loss' in name or taken:
            raise ValueError(
                f'{type(self).__name__}: a name in terms must be an '
                f"identifier without 'loss' and none of torch's, got {name!r}"
            )

    def _takes_of(self, name: str, loss: nn.Module, cfg: dict) -> Takes:
        kind = type(loss).__name__
        if hasattr(loss, 'takes'):
            return loss.takes
        if kind not in COORDINATE_LOSSES:
            raise ValueError(
                f'{type(self).__name__}: terms has {name} of type {kind}, '
                'which has no `takes` and is none of '
                + ', '.join(COORDINATE_LOSSES)
            )
        if cfg.get('reduction', 'mean') != 'mean':
            raise ValueError(
                f'{type(self).__name__}: the reduction of {name} must be '
                f"'mean', got {cfg['reduction']!r}"
            )
        return COORDINATES

    @property
    def takes(self) -> Takes:
        """Everything that the terms need, so that a head can check it."""
        return Takes(
            *(
                tuple(sorted({n for takes in parts for n in takes}))
                for parts in zip(*self._takes.values())
            )
        )

    def evaluate(
        self,
        pred: Dict[str, Tensor],
        target: Dict[str, Tensor],
        weight: Tensor,
    ) -> Dict[str, Tensor]:
        """Value of each term by its name.

        Raises:
            ValueError: ``pred`` or ``target`` lacks what a term takes.
        """
        values = {}
        for name, loss in self.terms.items():
            parts = [
                self._look_up(name, side, given, wanted)
                for side, given, names in zip(
                    Takes._fields, (pred, target), self._takes[name]
                )
                for wanted in names
            ]
            if hasattr(loss, 'takes'):
                values[name] = loss(*parts, weight)
            else:
                values[name] = visible_coordinates(loss, *parts, weight)
        return values

    def _look_up(self, name, side, given, wanted) -> Tensor:
        if wanted not in given:
            raise ValueError(
                f'{type(self).__name__}: {name} '
                f'({type(self.terms[name]).__name__}) takes {wanted} of the '
                f'{side}, which has {", ".join(sorted(given)) or "nothing"}'
            )
        return given[wanted]


def visible_coordinates(
    loss: nn.Module, output: Tensor, target: Tensor, weight: Tensor
) -> Tensor:
    """Mean of one of MMPose's coordinate losses over visible joints.

    Args:
        loss: a mean over its first axis.
        output: (N, K, 2).
        target: (N, K, 2).
        weight: (N, K); 0 is ignored.

    Returns:
        Scalar; 0 when nothing is visible.
    """
    weight, output, target = selected(weight, output, target)
    # M persons of one joint each.
    mean = loss(output[:, None], target[:, None], weight[:, None, None])
    # A mean over nothing is NaN; expanded to nothing it is gone, and with
    # several processes each counts by its joints.
    return visible_mean(mean.expand(len(weight)), weight > 0)
