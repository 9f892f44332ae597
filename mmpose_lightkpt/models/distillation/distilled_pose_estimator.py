"""A pose estimator that also learns from another's answers."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Dict, List, Sequence, Tuple

from mmpose.models import TopdownPoseEstimator
from mmpose.registry import MODELS
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..losses.checks import refuse_negative
from .normalisation import normalisation_of
from .taps import tapped
from .teacher import Teacher
from .view import View, outputs_kept

__all__ = ['DistilledPoseEstimator']


@MODELS.register_module()
class DistilledPoseEstimator(TopdownPoseEstimator):
    """A top-down estimator, the student, with a teacher beside it.

    Unlike MMPose's ``DWPoseDistiller``, which holds both, it *is* the
    student: its checkpoint has the student's weights under the student's
    names, and fits the config without teacher as it is.

    Its own losses teach nothing where a sample has no labels; the terms take
    every sample. With ``own_weight=0`` nothing asks for targets, and the
    pipeline need not draw them.

    Args:
        teacher: arguments of :class:`~.teacher.Teacher`.
        distill: configs of the terms, each of another ``type``.
        own_weight: factor of the student's own losses; 0 leaves them out.
        others: of ``TopdownPoseEstimator``.

    Raises:
        ValueError: there is no term, one is there twice, or ``own_weight``
            is negative.
    """

    def __init__(
        self,
        *args,
        teacher: dict,
        distill: Sequence[dict],
        own_weight: float = 1.0,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        refuse_negative(self, own_weight=own_weight)
        self.own_weight = own_weight
        self.teacher = Teacher(**teacher)
        self.terms = tuple(MODELS.build(cfg) for cfg in distill)
        kinds = [type(term).__name__ for term in self.terms]
        if not kinds or len(set(kinds)) < len(kinds):
            raise ValueError(
                f'{type(self).__name__}: distill must list one or more terms '
                f'of different types, got {kinds}'
            )

    def loss(
        self, inputs: Tensor, data_samples: SampleList
    ) -> Dict[str, Tensor]:
        """The student's own losses, and ``loss_distill_<name>`` of the terms.

        Raises:
            FileNotFoundError: the teacher's config or checkpoint is missing.
            ValueError: the teacher's checkpoint is another model's, or a
                term cannot compare these two networks.
        """
        given = normalisation_of(self.data_preprocessor)
        ours, theirs = self._taps()
        teacher = self.teacher.view(inputs, given, theirs)
        with tapped(self, ours) as taps:
            feats = self.extract_feat(inputs)
            outputs = self.head.forward(feats)
        crop = (0, 0, *inputs.shape[:1:-1])
        student = View(self.head, feats, outputs, crop, taps)
        with ExitStack() as stack:
            stack.enter_context(outputs_kept(teacher))
            stack.enter_context(outputs_kept(student))
            losses = self._own_losses(feats, data_samples)
            for term in self.terms:
                for name, value in term(student, teacher, data_samples):
                    losses[f'loss_distill_{name}'] = value
        return losses

    def _own_losses(
        self, feats: Tuple[Tensor, ...], data_samples: SampleList
    ) -> Dict[str, Tensor]:
        if not self.own_weight:
            return {}
        own = self.head.loss(feats, data_samples, self.train_cfg)
        return {
            name: self.own_weight * value if 'loss' in name else value
            for name, value in own.items()
        }

    def _taps(self) -> Tuple[List[str], List[str]]:
        """Modules whose outputs the terms ask for: ours, the teacher's."""
        asked = [getattr(term, 'taps', ((), ())) for term in self.terms]
        ours, theirs = (sum(map(list, names), []) for names in zip(*asked))
        return ours, theirs
