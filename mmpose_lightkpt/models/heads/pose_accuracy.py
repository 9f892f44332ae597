"""MMPose's training-time accuracy of normalised coordinates."""

from __future__ import annotations

import numpy as np
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor

__all__ = ['pose_accuracy']


def pose_accuracy(keypoints: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """``acc_pose``: how many joints are within 5 % of the input's size.

    The distance is that of (x, y) in shares of the width and of the height;
    the result is the mean of the joint types' shares. It is for a training's
    log; evaluation has metrics.

    Args:
        keypoints: (N, K, 2), as shares of the input.
        target: (N, K, 2).
        weight: (N, K); 0 is ignored.

    Returns:
        Scalar in [0, 1]; 0 when nothing is visible.
    """
    _, accuracy, _ = keypoint_pck_accuracy(
        pred=to_numpy(keypoints.float()),
        gt=to_numpy(target.float()),
        mask=to_numpy(weight) > 0,
        thr=0.05,
        norm_factor=np.ones((len(keypoints), 2), np.float32),
    )
    return keypoints.new_tensor(accuracy)
