"""What a heatmap may expect of COCO's similarity."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from .checks import refuse_negative, refuse_other_than_size
from .dataset_meta import dataset_meta
from .functional import expected_oks, selected, weighted_mean
from .terms import Takes

__all__ = ['ExpectedOKSLoss']


@MODELS.register_module()
class ExpectedOKSLoss(nn.Module):
    """1 minus the expected OKS of a map, averaged over visible joints.

    ProbPose's loss (CVPR 2025): it needs no target map, and cares for a
    pixel as much as the metric does. MMPose's ``OKSLoss`` compares points.
    It is flat where all of the map is far from the joint; begin with, or
    add, a loss on the coordinates.

    It is linear in the map, so least where all mass is in the cell nearest
    to the joint: 0 only for a joint in a cell's middle, and at odds with a
    soft-argmax, which has to share mass among cells. Where cells are small
    beside 2 s sigma, as 4 px of ProbPose's maps, neither matters; on 8 x 6
    cells of 32 px both do.

    OKS needs the person's area, and the targets do not carry it: it is
    taken as one share of the input for all. The default is the mean over the
    3,991 persons of the COCO photographs used here, whose crops are 3:4 with
    a padding of 1.25 (quartiles 0.17 and 0.28; square crops: 0.19).

    Args:
        input_size: (w, h).
        sigmas: the joints' standard deviations (K,) as COCO lists them.
        dataset: registered data set to take them from; one of both.
        area_share: the person's area as a share of the input's.
        loss_weight: factor of the result.

    Raises:
        ValueError: not one of ``sigmas`` and ``dataset``, one of the numbers
            is not positive, or ``loss_weight`` is negative.
    """

    takes = Takes(pred=('heatmaps',), target=('keypoints',))

    def __init__(
        self,
        input_size: Tuple[int, int],
        sigmas: Optional[Sequence[float]] = None,
        dataset: Optional[str] = None,
        area_share: float = 0.22,
        loss_weight: float = 1.0,
    ):
        super().__init__()
        if (sigmas is None) == (dataset is None):
            raise ValueError(
                'ExpectedOKSLoss: one of sigmas and dataset must be given, '
                f'got {sigmas} and {dataset}'
            )
        if dataset is not None:
            sigmas = dataset_meta(self, dataset)['sigmas']
        for name, values in (
            ('sigmas', sigmas),
            ('area_share', [area_share]),
        ):
            if not len(values) or not all(value > 0 for value in values):
                raise ValueError(
                    f'ExpectedOKSLoss: {name} must be positive, got {values}'
                )
        refuse_other_than_size(self, input_size=input_size)
        refuse_negative(self, loss_weight=loss_weight)
        self.input_size, self.loss_weight = tuple(input_size), loss_weight
        self.area = area_share * input_size[0] * input_size[1]
        sigmas = torch.as_tensor(sigmas, dtype=torch.float32)
        self.register_buffer('sigmas', sigmas, persistent=False)

    def forward(
        self, heatmaps: Tensor, target: Tensor, weight: Tensor
    ) -> Tensor:
        """See :func:`~.functional.expected_oks`.

        Args:
            heatmaps: (N, K, H, W), each map with sum 1.
            target: (N, K, 2), as shares of the input, (x + 0.5) / w.
            weight: (N, K); 0 is ignored.

        Returns:
            Scalar in [0, 1], times ``loss_weight``.

        Raises:
            ValueError: there is another number of joints than of sigmas.
        """
        if heatmaps.shape[1] != len(self.sigmas):
            raise ValueError(
                f'ExpectedOKSLoss: {len(self.sigmas)} sigmas were given for '
                f'heatmaps of {heatmaps.shape[1]} joints'
            )
        sigmas = self.sigmas.expand(heatmaps.shape[:2])
        weight, heatmaps, target, sigmas = selected(
            weight, heatmaps, target, sigmas
        )
        similarity = expected_oks(
            heatmaps, target, sigmas.to(heatmaps), self.area, self.input_size
        )
        return self.loss_weight * weighted_mean(1 - similarity, weight)
