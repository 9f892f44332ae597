"""The flip test that all heads share: decoded keypoints are averaged."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from mmpose.utils.typing import InstanceList

__all__ = ['average_flipped']


def average_flipped(
    preds: InstanceList,
    mirrored: InstanceList,
    flip_indices: Sequence[int],
    width: float,
) -> InstanceList:
    """Average the answers for images and for their mirror images.

    Keypoints are mirrored back by x -> width - 1 - x, whatever grid the
    outputs are on. MMPose averages maps or bins, which is right only where
    the grid is its own mirror image.

    Args:
        preds: per image ``keypoints`` (M, K, 2) in input px and
            ``keypoint_scores`` (M, K); changed in place.
        mirrored: the same of the mirror images.
        flip_indices: K indices of the joints' mirror images.
        width: of the input, px.

    Returns:
        ``preds``.

    Raises:
        ValueError: the two hold different numbers of images.
    """
    if len(preds) != len(mirrored):
        raise ValueError(
            f'average_flipped: {len(preds)} images, but {len(mirrored)} '
            'mirror images'
        )
    order = list(flip_indices)
    for pred, other in zip(preds, mirrored):
        restored = other.keypoints[:, order] * [-1, 1] + [width - 1, 0]
        pred.keypoints = ((pred.keypoints + restored) / 2).astype(np.float32)
        pred.keypoint_scores = (
            pred.keypoint_scores + other.keypoint_scores[:, order]
        ) / 2
    return preds
