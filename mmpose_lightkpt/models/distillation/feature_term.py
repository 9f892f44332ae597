"""What a network sees on its way, learnt from another's."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple, Union

from mmpose.registry import MODELS
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..losses.checks import refuse_negative
from .resampling import resample
from .view import View, check_same_shape

__all__ = ['FeatureTerm']


@MODELS.register_module()
class FeatureTerm:
    """Draws maps within the student to the teacher's, as FitNets do.

    For networks of one family, whose maps have the same channels: no layer
    is put in between, so that what is learnt stays in the student. Each
    channel's squared error is in units of its variance in the teacher, so
    that all count alike: answering with the mean costs 1.

    Cells of both are taken to lie at the same shares of the crop, which they
    do where both pad in the same way (``conv_cfg``).

    `FitNets <https://arxiv.org/abs/1412.6550>`_ put a regressor in between,
    and do this before anything else is trained.

    Args:
        modules: names of submodules of both, or pairs of the student's and
            the teacher's: ``['backbone.layer2', ('neck', 'neck')]``.
        loss_weight: factor of the mean over the modules.

    Raises:
        ValueError: there is no module, or ``loss_weight`` is negative.
    """

    def __init__(
        self,
        modules: Sequence[Union[str, Tuple[str, str]]],
        loss_weight: float = 1.0,
    ):
        refuse_negative(self, loss_weight=loss_weight)
        self.loss_weight = loss_weight
        pairs = [(m, m) if isinstance(m, str) else tuple(m) for m in modules]
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise ValueError(
                'FeatureTerm: modules must be names, or pairs of them, got '
                f'{modules}'
            )
        self.pairs = pairs

    @property
    def taps(self) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
        """Names of the student's modules, and of the teacher's."""
        ours, theirs = zip(*self.pairs)
        return ours, theirs

    def __call__(
        self, student: View, teacher: View, data_samples: SampleList
    ) -> Iterator[Tuple[str, Tensor]]:
        """Yield ``features`` and its value.

        Raises:
            ValueError: a pair of maps has not the same channels, or the
                crops have another shape.
        """
        check_same_shape(self, student, teacher)
        parts = [
            _unlikeness(student.taps[mine], teacher.taps[its], mine)
            for mine, its in self.pairs
        ]
        yield 'features', self.loss_weight * sum(parts) / len(parts)


def _unlikeness(ours: Tensor, theirs: Tensor, name: str) -> Tensor:
    """Squared error of (N, C, H, W) in units of each channel's variance."""
    if ours.dim() != 4 or ours.shape[1] != theirs.shape[1]:
        raise ValueError(
            f'FeatureTerm: maps of {name} must have as many channels as the '
            f"teacher's, got {tuple(ours.shape)} and {tuple(theirs.shape)}"
        )
    target = resample(theirs, ours.shape[2:]).float()
    variance = target.var((0, 2, 3), keepdim=True).clamp_min(1e-6)
    return ((ours.float() - target).square() / variance).mean()
