"""DSNT's regularisers against dsntnn and MMPose."""

import math

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.models.losses import JSDiscretLoss  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmpose_lightkpt.models.losses.functional import (  # noqa: E402
    js_divergence,
    kl_divergence,
    map_variance,
)

pytestmark = pytest.mark.mmpose
N, K, H, W = 3, 5, 7, 11


def gaussians(points, sigma):
    """Plain Gaussians at shares (N, K, 2) of the map, sigma in cells."""
    factors = []
    for axis, cells in ((1, H), (0, W)):
        centers = (torch.arange(cells).to(points) + 0.5) / cells
        away = (centers - points[..., axis, None]) * cells / sigma
        factors.append((-away.square() / 2).exp())
    maps = factors[0][..., :, None] * factors[1][..., None, :]
    return maps / maps.sum((2, 3), keepdim=True)


def scene(dtype):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(N, K, H * W, generator=generator)
    maps = logits.to(dtype).softmax(-1).unflatten(2, (H, W))
    points = torch.rand(N, K, 2, generator=generator).to(dtype)
    return maps, points, (torch.rand(N, K, generator=generator) < 0.7)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('kind', ['js', 'kl'])
def test_divergences_are_dsntnns(kind, dtype):
    """Its coordinates are -1 to 1 over the map: 2u - 1 for a share u."""
    dsntnn = pytest.importorskip('dsntnn')
    maps, points, visible = scene(dtype)
    losses = getattr(dsntnn, f'{kind}_reg_losses')(maps, 2 * points - 1, 1.3)
    loss = MODELS.build(dict(type='DSNTLoss', kind=kind))
    torch.testing.assert_close(
        loss(maps, gaussians(points, 1.3), visible),
        dsntnn.average_loss(losses, visible),
        rtol=1e-6,
        atol=1e-6,
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_the_variances_error_is_dsntnns(dtype):
    """dsntnn takes one joint at a time: it drops the wrong axis of more."""
    dsntnn = pytest.importorskip('dsntnn')
    maps, points, visible = scene(dtype)
    one_by_one = torch.stack(
        [
            dsntnn.variance_reg_losses(maps[n : n + 1, k : k + 1], 1.3)[0, 0]
            for n in range(N)
            for k in range(K)
        ]
    ).view(N, K)
    loss = MODELS.build(
        dict(type='DSNTLoss', kind='variance', sigma_cells=1.3)
    )
    torch.testing.assert_close(
        loss(maps, gaussians(points, 1.3), visible),
        dsntnn.average_loss(one_by_one, visible),
        rtol=1e-6,
        atol=1e-6,
    )


def test_mmposes_divergence_sums_over_joints_and_shrinks_with_hidden_ones():
    """All visible: K = 5 times ours. Two fifths hidden, each joint the
    same: 3 times, where ours does not change."""
    maps, points, _ = scene(torch.float64)
    maps = maps[:1, :1].expand(N, K, H, W)
    target = gaussians(points[:1, :1], 1.3).expand(N, K, H, W)
    ours, theirs = MODELS.build(dict(type='DSNTLoss')), JSDiscretLoss()
    every, some = torch.ones(N, K), torch.ones(N, K)
    some[:, :2] = 0
    value = ours(maps, target, every)
    torch.testing.assert_close(ours(maps, target, some), value)
    torch.testing.assert_close(theirs(maps, target, every), 5 * value)
    torch.testing.assert_close(theirs(maps, target, some), 3 * value)


def one_cell(y, x):
    maps = torch.zeros(1, 1, H, W)
    maps[0, 0, y, x] = 1
    return maps


def test_maps_apart_are_log_2_apart():
    """Zeros stay zeros: the divergence is exact and its gradient finite."""
    here, there = one_cell(2, 3)[0], one_cell(4, 9)[0].requires_grad_()
    value = js_divergence(there, here)
    assert value.item() == pytest.approx(math.log(2))
    (grad,) = torch.autograd.grad(value, there)
    assert grad.isfinite().all() and grad.any()
    # KL of a hit from a zero is as large as the epsilon allows: log 1e24
    value = kl_divergence(there, here)
    assert value.item() == pytest.approx(24 * math.log(10), rel=1e-6)
    (grad,) = torch.autograd.grad(value, there)
    assert grad.isfinite().all()


def test_an_epsilon_survives_autocast():
    """1e-24 is 0 in float16, and the logarithm of 0 is no number."""
    here, there = one_cell(2, 3), one_cell(4, 9)
    loss = MODELS.build(dict(type='DSNTLoss', kind='kl'))
    for dtype in (torch.float16, torch.bfloat16):
        maps = there.to(dtype).requires_grad_()
        with torch.autocast('cpu', torch.bfloat16):
            value = loss(maps, here, torch.ones(1, 1))
        assert value.item() == pytest.approx(24 * math.log(10), rel=1e-6)
        assert torch.autograd.grad(value, maps)[0].isfinite().all()


def test_variance_by_hand():
    """x is 3 or 7 (variance 4), y is 2 or 4 (variance 1), apart."""
    maps = torch.zeros(1, H, W)
    maps[0, 2, 3] = maps[0, 2, 7] = maps[0, 4, 3] = maps[0, 4, 7] = 0.25
    assert map_variance(maps).tolist() == [[4.0, 1.0]]
    loss = MODELS.build(
        dict(type='DSNTLoss', kind='variance', sigma_cells=(1, 2))
    )
    # (4 - 1)^2 + (1 - 4)^2
    assert loss(maps[None], maps[None], torch.ones(1, 1)) == 18


def test_the_variance_asked_for_is_the_targets_own_by_default():
    """A Gaussian that the border cuts has less than its sigma squared: a
    perfect map costs nothing then, where dsntnn would widen it."""
    corner = gaussians(torch.full((1, 1, 2), 0.02), 1.5)
    by_target = MODELS.build(dict(type='DSNTLoss', kind='variance'))
    by_sigma = MODELS.build(
        dict(type='DSNTLoss', kind='variance', sigma_cells=1.5)
    )
    one = torch.ones(1, 1)
    assert by_target(corner, corner, one) == 0
    assert by_sigma(corner, corner, one) > 1
