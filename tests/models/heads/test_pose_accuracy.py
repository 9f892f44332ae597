"""The accuracy that a training logs."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402

from mmpose_lightkpt.models.heads.pose_accuracy import (  # noqa: E402
    pose_accuracy,
)

pytestmark = pytest.mark.mmpose


def test_x_and_y_count_in_shares_of_their_own_side():
    """Distances of 0.042, 0.0505, 0.071 and 0; the limit is 0.05."""
    target = torch.full((1, 4, 2), 0.5)
    error = [(0.03, 0.03), (0.0505, 0), (0.05, 0.05), (0, 0)]
    found = pose_accuracy(
        target + torch.tensor([error]), target, torch.ones(1, 4)
    )
    assert found.ndim == 0 and float(found) == 0.5


def test_it_is_a_mean_over_joint_types_of_those_seen():
    """Joint 0 is right once of two, joint 1 in its one label."""
    target = torch.full((2, 3, 2), 0.5)
    points = target.clone()
    points[0, 0] = points[1, 1] = 0.9
    weight = torch.tensor([[1.0, 1, 0], [1, 0, 0]])
    assert float(pose_accuracy(points, target, weight)) == 0.75
    assert float(pose_accuracy(points, target, weight * 0)) == 0


def test_half_precision_and_gradients_are_no_error():
    points = torch.full((1, 2, 2), 0.5, dtype=torch.bfloat16)
    points.requires_grad_()
    assert pose_accuracy(points, points.detach(), torch.ones(1, 2)) == 1
