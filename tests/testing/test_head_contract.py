"""The head contract passes a right head and finds each kind of wrong one.

The right head regresses coordinates: it averages the column and row numbers
of the features with the features as weights, plus what it has learnt.
"""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.testing.head_contract import (  # noqa: E402
    HEAD_CHECKS,
    HeadCase,
)

pytestmark = pytest.mark.mmpose
C, H, W, K = 3, 13, 19, 5


class Codec:
    """Coordinates as they are."""

    input_size = (76, 52)
    field_mapping_table = instance_mapping_table = {}
    label_mapping_table = dict(
        keypoint_labels='keypoint_labels', keypoint_weights='keypoint_weights'
    )

    def encode(self, keypoints, keypoints_visible):
        return dict(
            keypoint_labels=keypoints.astype(np.float32),
            keypoint_weights=keypoints_visible.astype(np.float32),
        )


class Right(nn.Module):
    """A head with K * 2 * C + K * 2 numbers."""

    def __init__(self):
        super().__init__()
        self.decoder = Codec()
        self.linear = nn.Linear(C, 2 * K)

    def forward(self, feats):
        x = feats[-1]
        share = x.mean(1).abs() + 1e-9
        share = share / share.sum((1, 2), keepdim=True)
        columns = torch.arange(W, dtype=x.dtype)
        rows = torch.arange(H, dtype=x.dtype)
        middle = (
            torch.stack(
                [
                    (share.sum(1) * columns).sum(1),
                    (share.sum(2) * rows).sum(1),
                ],
                1,
            )
            * 4
        )
        learnt = self.linear(x.mean((2, 3))).unflatten(1, (K, 2))
        return middle[:, None] + learnt

    def predict(self, feats, samples, test_cfg):
        if test_cfg['flip_test']:
            order = samples[0].metainfo['flip_indices']
            one, two = self.forward(feats[0]), self.forward(feats[1])
            points = (one + self.restore(two, order)) / 2
        else:
            points = self.forward(feats)
        return [self.pack(point) for point in points.numpy()]

    def restore(self, points, order):
        flipped = points[:, order].clone()
        flipped[..., 0] = self.decoder.input_size[0] - 1 - flipped[..., 0]
        return flipped

    def pack(self, points):
        return InstanceData(
            keypoints=points[None], keypoint_scores=np.ones((1, K))
        )

    def loss(self, feats, samples):
        labels = [sample.gt_instance_labels for sample in samples]
        target = torch.cat([label.keypoint_labels for label in labels])
        weight = torch.cat([label.keypoint_weights for label in labels])
        error = (self.forward(feats) - target).abs().sum(-1) * weight
        return dict(loss_kpt=error.sum() / weight.sum().clamp(min=1))


class FlipsByTheWidth(Right):
    def restore(self, points, order):
        return super().restore(points, order) + torch.tensor([1.0, 0.0])


class ForgetsToSwapSides(Right):
    def restore(self, points, order):
        return super().restore(points, list(range(K)))


class TransposesTheMap(Right):
    def forward(self, feats):
        return super().forward(feats).flip(-1)


class ScoresBeyondOne(Right):
    def pack(self, points):
        return InstanceData(
            keypoints=points[None], keypoint_scores=np.full((1, K), 1.1)
        )


class SeesItsBatch(Right):
    def forward(self, feats):
        return super().forward([feats[-1] - feats[-1].mean(0)])


class BranchesOnData(Right):
    def forward(self, feats):
        points = super().forward(feats)
        return (
            points
            if feats[-1].sum() > -1e9 and not torch.jit.is_tracing()
            else points + 1
        )


class SumsItsLoss(Right):
    def loss(self, feats, samples):
        return dict(
            loss_kpt=super().loss(feats, samples)['loss_kpt'] * len(samples)
        )


class DividesByNothing(Right):
    def loss(self, feats, samples):
        value = super().loss(feats, samples)['loss_kpt']
        seen = sum(
            sample.gt_instance_labels.keypoint_weights.sum()
            for sample in samples
        )
        return dict(loss_kpt=value / seen * seen)


class HasIdleWeights(Right):
    def __init__(self):
        super().__init__()
        self.idle = nn.Linear(1, 1)


def failures(cls):
    """Names of the checks that a head does not pass."""
    torch.manual_seed(0)
    pointing = cls()
    nn.init.zeros_(pointing.linear.weight)
    nn.init.zeros_(pointing.linear.bias)
    case = HeadCase(
        head=cls(),
        shapes=[(C, H, W)],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=pointing,
        outputs_for=lambda points: torch.tensor(points[None]),
        params=C * 2 * K + 2 * K,
        macs=C * 2 * K,
    )
    failed = set()
    for check in HEAD_CHECKS:
        try:
            check(case)
        except (AssertionError, RuntimeError):
            failed.add(check.__name__)
    return failed


def test_a_right_head_passes():
    assert failures(Right) == set()


@pytest.mark.parametrize(
    'head, caught_by',
    [
        (FlipsByTheWidth, 'check_flip_test_gives_back_the_original'),
        (ForgetsToSwapSides, 'check_flip_test_gives_back_the_original'),
        (TransposesTheMap, 'check_a_painted_column_moves_the_answer'),
        (ScoresBeyondOne, 'check_predictions_have_the_form_mmpose_reads'),
        (SeesItsBatch, 'check_an_image_does_not_see_its_batch'),
        (BranchesOnData, 'check_eager_equals_traced'),
        (SumsItsLoss, 'check_losses_do_not_depend_on_the_batch_size'),
        (DividesByNothing, 'check_nothing_visible_is_no_error'),
        (HasIdleWeights, 'check_every_parameter_learns'),
        (HasIdleWeights, 'check_size_is_as_documented'),
    ],
)
def test_a_wrong_head_is_caught(head, caught_by):
    assert caught_by in failures(head)
