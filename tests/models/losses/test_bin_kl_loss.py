"""SimCC's divergence beside MMPose's."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.models.losses import KLDiscretLoss  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch.distributions import Categorical, kl_divergence  # noqa: E402

pytestmark = pytest.mark.mmpose
N, K, SIZES = 3, 5, (11, 7)


def scene():
    generator = torch.Generator().manual_seed(0)
    outputs, targets = (
        tuple(
            3 * torch.randn(N, K, size, generator=generator).double()
            for size in SIZES
        )
        for _ in range(2)
    )
    return outputs, tuple(target.softmax(-1) for target in targets)


def divergences(outputs, targets):
    """(N, K) for x and for y, by torch.distributions."""
    return [
        kl_divergence(Categorical(target), Categorical(logits=output))
        for output, target in zip(outputs, targets)
    ]


def test_it_is_the_divergence_of_both_axes():
    outputs, targets = scene()
    x, y = divergences(outputs, targets)
    visible = torch.ones(N, K)
    visible[1] = visible[0, 2] = 0
    loss = MODELS.build(dict(type='BinKLLoss', loss_weight=0.5))
    torch.testing.assert_close(
        loss(outputs, targets, visible),
        0.5 * (x + y)[visible.bool()].mean(),
    )


def test_mmposes_grows_with_the_batch_and_divides_by_the_bins():
    """The same joint everywhere: N x (x / 11 + y / 7) in place of x + y,
    and twice that for twice the batch."""
    outputs, targets = scene()
    outputs, targets = (
        tuple(part[:1, :1].expand(N, K, -1) for part in parts)
        for parts in (outputs, targets)
    )
    x, y = (part[0, 0] for part in divergences(outputs, targets))
    ours, theirs = MODELS.build(dict(type='BinKLLoss')), KLDiscretLoss()
    every = torch.ones(N, K)
    torch.testing.assert_close(ours(outputs, targets, every), x + y)
    torch.testing.assert_close(
        theirs(outputs, targets, every), N * (x / 11 + y / 7)
    )
    twice = [
        tuple(torch.cat([part, part]) for part in parts)
        for parts in (outputs, targets)
    ]
    every = torch.ones(2 * N, K)
    torch.testing.assert_close(ours(*twice, every), x + y)
    torch.testing.assert_close(theirs(*twice, every), 2 * N * (x / 11 + y / 7))


def test_bins_without_probability_and_huge_logits_are_finite():
    """0 log 0 is 0; half precision is left before the softmax."""
    target = torch.zeros(1, 1, 11)
    target[..., 4] = 1
    output = torch.zeros(1, 1, 11, dtype=torch.bfloat16)
    output[..., 5] = 6e4
    output.requires_grad_()
    loss = MODELS.build(dict(type='BinKLLoss'))
    with torch.autocast('cpu', torch.bfloat16):
        value = loss((output, output), (target, target), torch.ones(1, 1))
    # bfloat16 has 59904 for 60000; once for x and once for y
    assert value.item() == 2 * 59904
    (grad,) = torch.autograd.grad(value, output)
    assert grad.isfinite().all() and grad.any()
