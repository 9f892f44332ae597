"""Heatmaps, learnt from another network's."""

from __future__ import annotations

from typing import Iterator, Tuple

import torch.nn.functional as F
from mmpose.registry import MODELS
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..losses.checks import refuse_negative
from .resampling import resample
from .view import View, check_same_shape

__all__ = ['HeatmapTerm']


@MODELS.register_module()
class HeatmapTerm:
    """Mean squared error to the teacher's heatmaps, on any two grids.

    For two heads whose ``forward`` gives one map per joint, such as MMPose's
    ``HeatmapHead``. It is the mean over all cells, the size of that head's
    own loss.

    Args:
        loss_weight: factor of the result.

    Raises:
        ValueError: ``loss_weight`` is negative.
    """

    def __init__(self, loss_weight: float = 1.0):
        refuse_negative(self, loss_weight=loss_weight)
        self.loss_weight = loss_weight

    def __call__(
        self, student: View, teacher: View, data_samples: SampleList
    ) -> Iterator[Tuple[str, Tensor]]:
        """Yield ``heatmaps`` and its value.

        Raises:
            ValueError: the outputs are no (N, K, H, W) with the same K, or
                the crops have another shape.
        """
        ours, theirs = student.outputs, teacher.outputs
        shapes = [getattr(maps, 'shape', ()) for maps in (ours, theirs)]
        if any(len(s) != 4 for s in shapes) or shapes[0][1] != shapes[1][1]:
            raise ValueError(
                'HeatmapTerm: both heads must give heatmaps (N, K, H, W) of '
                f"the same joints, got {type(student.head).__name__}'s and "
                f"{type(teacher.head).__name__}'s {shapes[0] or type(ours)} "
                f'and {shapes[1] or type(theirs)}; TeacherKeypointsTerm '
                'takes any heads'
            )
        check_same_shape(self, student, teacher)
        target = resample(theirs, ours.shape[2:])
        yield 'heatmaps', self.loss_weight * F.mse_loss(ours, target)
