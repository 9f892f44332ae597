"""Bones, sample by sample."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.models.losses import BoneLoss  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

pytestmark = pytest.mark.mmpose
FRAME = (60, 80)


def build(**kwargs):
    given = dict(type='BoneLengthLoss', input_size=FRAME)
    return MODELS.build(dict(given, **kwargs))


def in_pixels(*poses):
    """Poses in px to shares (N, K, 2) of a frame of 60 x 80."""
    return (torch.tensor(poses) + 0.5) / torch.tensor(FRAME)


def test_lengths_are_shares_of_the_longer_side():
    """3-4-5: a bone of (24, 32) px is 40 px long, half of 80; the answer
    has 20 px: a quarter off."""
    target = in_pixels([[0.0, 0.0], [24.0, 32.0]])
    output = in_pixels([[7.0, 9.0], [7.0, 29.0]])
    value = build(links=[(0, 1)])(output, target, torch.ones(1, 2))
    torch.testing.assert_close(value, torch.tensor(0.25))


def test_it_is_the_mean_over_bones_with_both_ends_visible():
    """Bones 8 and 16 px too long in the first sample, and 8 in the second,
    where the other bone's end is hidden: (0.1 + 0.2 + 0.1) / 3."""
    target = in_pixels(*[[[9.0, 9], [9, 19], [9, 49]]] * 2)
    output = in_pixels(*[[[9.0, 1], [9, 19], [9, 65]]] * 2)
    weight = torch.ones(2, 3)
    weight[1, 2] = 0
    value = build(links=[(0, 1), (1, 2)])(output, target, weight)
    torch.testing.assert_close(value, torch.tensor(0.4 / 3))


def test_mmposes_loss_lets_one_sample_make_up_for_another():
    """One bone 20 px too long, one 20 px too short: MMPose says 0, ours is
    20 / 80."""
    target = in_pixels([[0.0, 0], [0, 40]], [[0.0, 0], [0, 40]])
    output = in_pixels([[0.0, 0], [0, 60]], [[0.0, 0], [0, 20]])
    theirs = BoneLoss(joint_parents=[0, 0])
    assert theirs(output, target) < 1e-6
    value = build(links=[(0, 1)])(output, target, torch.ones(2, 2))
    torch.testing.assert_close(value, torch.tensor(0.25))


def test_moving_and_turning_a_pose_costs_nothing():
    """A quarter turn in pixels, which shares do not keep."""
    pose = torch.tensor([[10.0, 20], [30, 25], [31, 50]])
    turned = torch.stack([pose[:, 1], -pose[:, 0]], 1) + 31
    value = build(links=[(0, 1), (1, 2)])(
        in_pixels(pose.tolist()),
        in_pixels(turned.tolist()),
        torch.ones(1, 3),
    )
    assert value < 1e-6


def test_all_joints_at_one_point_give_no_nan():
    output = torch.full((2, 3, 2), 0.5, requires_grad=True)
    target = in_pixels(*[[[9.0, 1], [9, 19], [9, 65]]] * 2)
    value = build(links=[(0, 1), (1, 2)])(output, target, torch.ones(2, 3))
    (grad,) = torch.autograd.grad(value, output)
    assert value > 0 and grad.isfinite().all()


def test_the_skeleton_comes_from_any_data_set():
    """COCO has 19 links, the shins first; LSP has 13 of 14 joints."""
    coco = build(dataset='CocoDataset').links
    assert len(coco) == 19 and coco[0] == (15, 13)
    lsp = build(dataset='LspDataset').links
    assert {joint for link in lsp for joint in link} == set(range(14))


def test_a_bone_to_nowhere_is_refused():
    loss = build(links=[(0, 1), (1, 7)])
    pose = torch.rand(1, 5, 2)
    with pytest.raises(ValueError, match='joint 7, the keypoints have 5'):
        loss(pose, pose, torch.ones(1, 5))
