"""Bones as long as they are."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative, refuse_other_than_size
from .dataset_meta import dataset_meta
from .functional import (
    bone_lengths,
    check_weight,
    selected,
    weighted_mean,
)
from .terms import Takes

__all__ = ['BoneLengthLoss']


@MODELS.register_module()
class BoneLengthLoss(nn.Module):
    """Absolute error of each bone's length, in each sample.

    Averaged over the bones with both ends visible; a bone's weight is the
    product of theirs. MMPose's ``BoneLoss`` compares means over the batch,
    where a bone that is too long in one sample makes up for one that is too
    short in another, and knows no aspect of the input.

    Args:
        input_size: (w, h); lengths are in shares of the longer side.
        links: bones as pairs of joints' indices.
        dataset: registered data set to take its skeleton's links from; one
            of both.
        loss_weight: factor of the result.

    Raises:
        ValueError: not one of ``links`` and ``dataset``, a link is no pair of
            two indices, ``input_size`` is not positive, or ``loss_weight``
            negative.
    """

    takes = Takes(pred=('keypoints',), target=('keypoints',))

    def __init__(
        self,
        input_size: Tuple[int, int],
        links: Optional[Sequence[Tuple[int, int]]] = None,
        dataset: Optional[str] = None,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if (links is None) == (dataset is None):
            raise ValueError(
                'BoneLengthLoss: one of links and dataset must be given, '
                f'got {links} and {dataset}'
            )
        if dataset is not None:
            links = dataset_meta(self, dataset)['skeleton_links']
        self.links = [tuple(link) for link in links]
        if not self.links or not all(map(self._is_bone, self.links)):
            raise ValueError(
                'BoneLengthLoss: links must be pairs of two joints, '
                f'got {links}'
            )
        refuse_other_than_size(self, input_size=input_size)
        refuse_negative(self, loss_weight=loss_weight)
        self.input_size, self.loss_weight = tuple(input_size), loss_weight

    @staticmethod
    def _is_bone(link: tuple) -> bool:
        return len(set(link)) == len(link) == 2 and min(link) >= 0

    def forward(
        self, keypoints: Tensor, target: Tensor, weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.bone_lengths`.

        Args:
            keypoints: (N, K, 2), as shares of the input.
            target: (N, K, 2), likewise.
            weight: (N, K); 0 is ignored.

        Raises:
            ValueError: a bone ends in a joint that is not there.
        """
        check_weight(weight)
        last = max(map(max, self.links))
        if last >= keypoints.shape[1]:
            raise ValueError(
                f'BoneLengthLoss: links names joint {last}, the keypoints '
                f'have {keypoints.shape[1]}'
            )
        first, second = map(list, zip(*self.links))
        weight, *ends = selected(
            weight[:, first] * weight[:, second],
            keypoints[:, first],
            keypoints[:, second],
            target[:, first],
            target[:, second],
        )
        said = bone_lengths(*ends[:2], self.input_size)
        true = bone_lengths(*ends[2:], self.input_size)
        return self.loss_weight * weighted_mean((said - true).abs(), weight)
