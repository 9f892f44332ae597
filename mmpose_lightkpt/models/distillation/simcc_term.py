"""Distributions over bins, learnt from another network's."""

from __future__ import annotations

from typing import Iterator, Tuple

import torch
from mmpose.registry import MODELS
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..losses.checks import refuse_negative
from ..losses.functional import bin_kl
from .view import View

__all__ = ['SimCCTerm']


@MODELS.register_module()
class SimCCTerm:
    """Kullback-Leibler divergence from the teacher's bins of x and of y.

    For two heads of SimCC, ours or MMPose's, with the same bins. The mean
    over joints of both axes' sum.

    Args:
        beta: factor of the student's logits within the softmax, as its loss
            has it; RTMPose's is 10.
        teacher_beta: of the teacher's.
        loss_weight: factor of the result.

    Raises:
        ValueError: an argument is negative.
    """

    def __init__(
        self,
        beta: float = 1.0,
        teacher_beta: float = 1.0,
        loss_weight: float = 1.0,
    ):
        refuse_negative(
            self, beta=beta, teacher_beta=teacher_beta, loss_weight=loss_weight
        )
        self.beta, self.teacher_beta = beta, teacher_beta
        self.loss_weight = loss_weight

    def __call__(
        self, student: View, teacher: View, data_samples: SampleList
    ) -> Iterator[Tuple[str, Tensor]]:
        """Yield ``bins`` and its value.

        Raises:
            ValueError: the outputs are no logits of the same bins.
        """
        shapes = [
            [tuple(getattr(part, 'shape', ())) for part in view.outputs]
            for view in (student, teacher)
        ]
        fit = shapes[0] == shapes[1] and [len(s) for s in shapes[0]] == [3, 3]
        if not fit:
            raise ValueError(
                'SimCCTerm: both heads must give logits (N, K, bins) of the '
                f'same bins of x and of y, got {shapes[0]} and {shapes[1]}; '
                'TeacherKeypointsTerm takes any heads'
            )
        axes = [
            bin_kl(
                self.beta * ours.flatten(0, 1),
                (self.teacher_beta * theirs.flatten(0, 1)).softmax(1),
            ).mean()
            for ours, theirs in zip(student.outputs, teacher.outputs)
        ]
        yield 'bins', self.loss_weight * torch.stack(axes).sum()
