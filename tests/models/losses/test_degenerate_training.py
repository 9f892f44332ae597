"""Training on the worst of samples stays finite, in float32 and bfloat16."""

from contextlib import nullcontext

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

pytestmark = pytest.mark.mmpose
N, K, H, W, SIZE = 2, 5, 7, 11, (88, 56)
TERMS = dict(
    rle=dict(type='SafeRLELoss'),
    js=dict(type='DSNTLoss'),
    kl=dict(type='DSNTLoss', kind='kl'),
    variance=dict(type='DSNTLoss', kind='variance', loss_weight=0.01),
    oks=dict(type='ExpectedOKSLoss', input_size=SIZE, sigmas=[0.05] * K),
    bones=dict(type='BoneLengthLoss', input_size=SIZE, links=[(0, 1), (1, 2)]),
    coord=dict(type='SmoothL1Loss', use_target_weight=True),
)


class TinyHead(nn.Module):
    """Points by soft-argmax, sigmas and maps from eight features."""

    def __init__(self):
        super().__init__()
        self.maps = nn.Linear(8, K * H * W)
        self.sigmas = nn.Linear(8, K * 2)

    def forward(self, feats):
        logits = self.maps(feats).view(len(feats), K, H * W)
        maps = logits.float().softmax(-1).unflatten(2, (H, W))
        x = maps.sum(2) @ ((torch.arange(W) + 0.5) / W)
        y = maps.sum(3) @ ((torch.arange(H) + 0.5) / H)
        sigmas = self.sigmas(feats).sigmoid().view(len(feats), K, 2)
        return dict(
            keypoints=torch.stack([x, y], -1), heatmaps=maps, sigmas=sigmas
        )


def point_maps(points):
    """All in the cell of each point (N, K, 2), zeros elsewhere."""
    x = (points[..., 0] * W).long()
    y = (points[..., 1] * H).long()
    flat = nn.functional.one_hot(y * W + x, H * W)
    return flat.unflatten(2, (H, W)).float()


def nothing_visible(head, points, weight):
    return points, weight * 0


def nothing_visible_and_no_numbers(head, points, weight):
    return points * float('nan'), weight * 0


def one_joint_in_all(head, points, weight):
    weight = weight * 0
    weight[1, 3] = 1
    return points, weight


def all_joints_at_one_point(head, points, weight):
    return torch.full_like(points, 0.31), weight


def sigmas_collapsed(head, points, weight):
    nn.init.constant_(head.sigmas.bias, -300.0)
    return points, weight


def sigmas_of_one(head, points, weight):
    nn.init.constant_(head.sigmas.bias, 300.0)
    return points, weight


def maps_collapsed(head, points, weight):
    """All in the first cell, exactly: every joint at one point, bones
    without length, no overlap with the target."""
    nn.init.zeros_(head.maps.bias)
    head.maps.bias.data.view(K, H * W)[:, 0] = 1e4
    return points, weight


def maps_uniform(head, points, weight):
    nn.init.zeros_(head.maps.weight)
    nn.init.zeros_(head.maps.bias)
    return points, weight


@pytest.mark.parametrize('kind', ['RLEDSNTLoss', 'AutomaticWeightedLoss'])
@pytest.mark.parametrize('low', [False, True], ids=['float32', 'bfloat16'])
@pytest.mark.parametrize(
    'trouble',
    [
        nothing_visible,
        nothing_visible_and_no_numbers,
        one_joint_in_all,
        all_joints_at_one_point,
        sigmas_collapsed,
        sigmas_of_one,
        maps_collapsed,
        maps_uniform,
    ],
)
def test_a_bad_start_never_becomes_nan(trouble, low, kind):
    torch.manual_seed(0)
    head = TinyHead()
    loss = MODELS.build(dict(type=kind, terms=TERMS))
    points, weight = trouble(head, torch.rand(N, K, 2), torch.ones(N, K))
    maps = point_maps(points.nan_to_num())
    truth = dict(keypoints=points, heatmaps=maps)
    parameters = [*head.parameters(), *loss.parameters()]
    optimizer = torch.optim.Adam(parameters, 1e-2)
    for _ in range(5):
        optimizer.zero_grad()
        context = torch.autocast('cpu', torch.bfloat16)
        with context if low else nullcontext():
            values = loss(head(torch.randn(N, 8)), truth, weight)
        total = sum(v for name, v in values.items() if 'loss' in name)
        assert all(value.isfinite() for value in values.values()), values
        total.backward()
        assert all(p.grad.isfinite().all() for p in parameters)
        optimizer.step()
    assert all(p.isfinite().all() for p in parameters)
