"""torch's soft-argmax against numpy's, and its gradient."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402

from mmpose_lightkpt.functional import integral  # noqa: E402
from mmpose_lightkpt.models.heads.soft_argmax import soft_argmax  # noqa: E402

KINDS = tuple(integral.DEBIAS)


def logits(scale=1.0, seed=0, shape=(2, 3, 7, 5)):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize('limit', [0.1, 0.9])
@pytest.mark.parametrize('scale', [0.0, 1e-3, 1.0, 1e4])
@pytest.mark.parametrize('kind', KINDS)
def test_it_is_the_one_that_boards_decode_with(kind, scale, limit):
    maps = logits(scale)
    ours = soft_argmax(maps, 10.0, kind, limit)
    theirs = integral.soft_argmax(maps.numpy(), 10.0, kind, limit)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('kind', ['none', 'paper'])
def test_the_gradient_is_the_distance_to_the_point(kind):
    r"""dJ / dz_q = p_q (x_q - J) / (1 - r)."""
    z = (logits().abs() + 0.1).requires_grad_()
    points, p = soft_argmax(z, 1.0, kind, 0.999)
    share = torch.zeros(2, 3, 1, dtype=torch.float64)
    if kind == 'paper':
        share = 35 / z.detach().exp().sum((2, 3))[..., None]
    x = (torch.arange(5, dtype=torch.float64) + 0.5) / 5
    away = x - points[..., 0].detach()[..., None, None]
    wanted = p.detach() * away / (1 - share[..., None])
    (found,) = torch.autograd.grad(points[..., 0].sum(), z)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize('kind', KINDS)
def test_autograd_agrees_with_differences(kind):
    assert torch.autograd.gradcheck(
        lambda z: soft_argmax(z, 2.0, kind, 0.999),
        (logits(0.7, seed=1).requires_grad_(),),
    )


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
@pytest.mark.parametrize('kind', KINDS)
def test_points_and_gradients_are_finite_for_any_map(kind, dtype):
    base = logits()
    for maps in (base * 0, base - 1e3, base * 1e4, base * 1e-6):
        maps = maps.to(dtype).requires_grad_()
        with torch.autocast('cpu', torch.bfloat16, dtype == torch.bfloat16):
            points, p = soft_argmax(maps, 10.0, kind)
        assert points.dtype == p.dtype == torch.float32
        points.square().sum().backward()
        for found in (points, p, maps.grad):
            assert torch.isfinite(found).all()
