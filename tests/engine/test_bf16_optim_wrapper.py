"""A forward pass in bf16, weights in fp32."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import OPTIM_WRAPPERS  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.engine import strided_depthwise  # noqa: E402

pytestmark = pytest.mark.mmpose


def step(kind, weight):
    """One step of gradient descent on 3x3 convolutions of a picture."""
    layer = nn.Conv2d(1, 1, 3, bias=False)
    layer.weight.data[:] = weight
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    wrapper = OPTIM_WRAPPERS.build(dict(type=kind, optimizer=optimizer))
    image = torch.linspace(0, 1, 64).reshape(1, 1, 8, 8)
    with wrapper.optim_context(layer):
        output = layer(image)
    wrapper.update_params(output.float().square().mean())
    return output, layer.weight


def test_outputs_are_rounded_to_bf16_and_weights_are_not():
    weight = torch.rand(3, 3, generator=torch.Generator().manual_seed(0))
    exact, after = step('OptimWrapper', weight)
    rounded, learned = step('Bf16OptimWrapper', weight)
    assert rounded.dtype == torch.bfloat16
    assert after.dtype == learned.dtype == torch.float32
    # two operands and the result, each within half of 2 ** -7 of itself
    torch.testing.assert_close(
        rounded.float(), exact, rtol=1.5 * 2**-7, atol=0
    )
    assert not torch.equal(learned, weight.expand_as(learned))
    torch.testing.assert_close(learned, after, rtol=0.03, atol=0.01)


def test_the_context_ends():
    step('Bf16OptimWrapper', torch.ones(3, 3))
    assert not torch.is_autocast_enabled('cpu')


def test_strided_depthwise_gradients_are_computed_in_fp32(monkeypatch):
    """In bf16, torch has a slow reference alone for them."""
    asked = []
    gradients = strided_depthwise._gradients

    def noted(grad, *others):
        asked.append((grad.dtype, others[-1]))
        return gradients(grad, *others)

    monkeypatch.setattr(strided_depthwise, '_gradients', noted)
    layer = nn.Conv2d(4, 4, 3, stride=2, groups=4)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    wrapper = OPTIM_WRAPPERS.build(
        dict(type='Bf16OptimWrapper', optimizer=optimizer)
    )
    with wrapper.optim_context(layer):
        output = layer(torch.rand(1, 4, 8, 8, requires_grad=True))
    wrapper.update_params(output.float().sum())
    assert asked == [
        (torch.bfloat16, (False, True, True)),
        (torch.float32, (True, False, False)),
    ]
