"""MoveNet's four maps, learnt from another MoveNet's."""

from __future__ import annotations

from typing import Iterator, Tuple

import torch
from mmpose.registry import MODELS
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..heads import MoveNetHead
from ..losses.checks import refuse_negative
from ..losses.functional import foreground_mse, masked_l1
from .resampling import resample, resample_vectors
from .view import View, check_same_shape

__all__ = ['MoveNetMapTerm']


@MODELS.register_module()
class MoveNetMapTerm:
    """Draws the student's maps to the teacher's, on any two grids.

    Centre and heatmaps: :func:`~..losses.functional.foreground_mse`.
    Regression and offsets: :func:`~..losses.functional.masked_l1` in the
    student's cells, each cell weighted by the teacher's centre map and by
    its joint's heatmap: where it sees nobody, its vectors mean nothing.

    Args:
        center: weight of the centre's part; 0 leaves it out.
        heatmap: of the heatmaps'.
        regression: of the regression's.
        offset: of the offsets'.
        threshold: cells where the teacher's map is not above it do not count
            in the vectors' parts, in [0, 1).
        foreground: how much more a high cell of a map counts.

    Raises:
        ValueError: an argument is negative, or the threshold not below 1.
    """

    def __init__(
        self,
        center: float = 0.2,
        heatmap: float = 1.0,
        regression: float = 0.2,
        offset: float = 1.0,
        threshold: float = 0.1,
        foreground: float = 8.0,
    ):
        weights = dict(
            center=center,
            heatmap=heatmap,
            regression=regression,
            offset=offset,
        )
        refuse_negative(
            self, **weights, threshold=threshold, foreground=foreground
        )
        if threshold >= 1:
            raise ValueError(
                'MoveNetMapTerm: threshold must be below 1, which no map '
                f'exceeds, got {threshold}'
            )
        self.weights = weights
        self.threshold, self.foreground = threshold, foreground

    def __call__(
        self, student: View, teacher: View, data_samples: SampleList
    ) -> Iterator[Tuple[str, Tensor]]:
        """Name and value of each part.

        Raises:
            ValueError: a head is no ``MoveNetHead``, or they differ in their
                joints or in the crop's shape.
        """
        self._check(student.head, teacher.head)
        check_same_shape(self, student, teacher)
        for name, weight in self.weights.items():
            if weight:
                part = getattr(self, f'_{name}')
                yield name, weight * part(student.outputs, teacher.outputs)

    @staticmethod
    def _check(student, teacher) -> None:
        for whose, head in (('student', student), ('teacher', teacher)):
            if not isinstance(head, MoveNetHead):
                raise ValueError(
                    f"MoveNetMapTerm: the {whose}'s head must be a "
                    f'MoveNetHead, got {type(head).__name__}; '
                    'TeacherKeypointsTerm takes any'
                )
        if student.num_keypoints != teacher.num_keypoints:
            raise ValueError(
                f'MoveNetMapTerm: the student has {student.num_keypoints} '
                f'joints, the teacher {teacher.num_keypoints}'
            )

    def _center(self, ours, theirs) -> Tensor:
        return self._maps(ours[0], theirs[0])

    def _heatmap(self, ours, theirs) -> Tensor:
        return self._maps(ours[1], theirs[1])

    def _maps(self, ours: Tensor, theirs: Tensor) -> Tensor:
        target = resample(theirs, ours.shape[2:])
        weight = torch.ones_like(target)
        return foreground_mse(ours, target, weight, self.foreground)

    def _regression(self, ours, theirs) -> Tensor:
        sure = theirs[0].expand_as(theirs[1])
        return self._vectors(ours[2], theirs[2], sure)

    def _offset(self, ours, theirs) -> Tensor:
        return self._vectors(ours[3], theirs[3], theirs[1])

    def _vectors(self, ours: Tensor, theirs: Tensor, sure: Tensor) -> Tensor:
        sure = resample(sure, ours.shape[2:])
        weight = sure * (sure > self.threshold)
        target = resample_vectors(theirs, ours.shape[2:])
        return masked_l1(ours, target, weight)
