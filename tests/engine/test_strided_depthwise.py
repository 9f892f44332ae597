"""Strided depthwise convolutions in bf16 learn what they do in fp32."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from contextlib import contextmanager, nullcontext  # noqa: E402

import torch  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.engine.strided_depthwise import (  # noqa: E402
    FastStridedDepthwise,
)

pytestmark = pytest.mark.mmpose
# half of the last bit of a number in bf16, relative to it
HALF_BIT = 2**-8


@contextmanager
def bf16(mode):
    with torch.autocast('cpu', dtype=torch.bfloat16), mode:
        yield


def representable(*shape):
    """Whole numbers within +-2: bf16 holds them, and small sums of them."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(-2, 3, shape, generator=generator).float()


def learned(context, layer, image):
    """What comes out, and the gradients of its sum of squares."""
    layer.zero_grad()
    image = image.clone().requires_grad_()
    with context:
        output = layer(image)
    output.float().square().sum().backward()
    return [output.float(), image.grad, *(p.grad for p in layer.parameters())]


def depthwise(channels=8, bias=True, **kwargs):
    layer = nn.Conv2d(channels, channels, groups=channels, bias=bias, **kwargs)
    for parameter in layer.parameters():
        parameter.data[:] = representable(*parameter.shape)
    return layer


@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize(
    'how',
    [
        dict(kernel_size=3, stride=2, padding=1),
        dict(kernel_size=3, stride=2),
        dict(kernel_size=5, stride=2, padding=2),
        dict(kernel_size=(3, 5), stride=(1, 2), padding=(1, 2)),
        dict(kernel_size=3, stride=2, padding=2, dilation=2),
    ],
)
@pytest.mark.parametrize('size', [(12, 12), (11, 14)])
def test_gradients_are_those_of_fp32_rounded(how, bias, size):
    layer = depthwise(bias=bias, **how)
    image = representable(2, 8, *size)
    fast = bf16(FastStridedDepthwise())
    exact = learned(nullcontext(), layer, image)
    (output, grad, *others) = learned(fast, layer, image)
    assert torch.equal(output, exact[0])
    assert torch.equal(grad, exact[1].bfloat16().float())
    for ours, theirs in zip(others, exact[2:]):
        assert (ours - theirs).abs().max() <= HALF_BIT * theirs.abs().max()


def test_other_convolutions_are_left_alone():
    image = representable(2, 8, 12, 12)
    for layer in (
        nn.Conv2d(8, 8, 3, stride=2),
        nn.Conv2d(8, 8, 3, stride=2, groups=4),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.Conv2d(8, 16, 3, stride=2, groups=8),
        nn.Conv2d(8, 8, 3, padding='same', groups=8),
    ):
        ours = learned(bf16(FastStridedDepthwise()), layer, image)
        torchs = learned(bf16(nullcontext()), layer, image)
        assert all(map(torch.equal, ours, torchs))


def test_a_part_that_leaves_autocast_stays_in_fp32():
    class InFp32(nn.Sequential):
        def forward(self, image):
            with torch.autocast('cpu', enabled=False):
                return super().forward(image)

    layer = InFp32(depthwise(kernel_size=3, stride=2))
    image = representable(2, 8, 12, 12) / 7
    ours = learned(bf16(FastStridedDepthwise()), layer, image)
    assert all(map(torch.equal, ours, learned(nullcontext(), layer, image)))
