"""The layers that double a map."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from mmpose_lightkpt.models.upsampling import upsampling  # noqa: E402

pytestmark = pytest.mark.mmpose


@pytest.mark.parametrize('groups', [1, 3])
@pytest.mark.parametrize('kind, taps', [('deconv', 16), ('pixel_shuffle', 36)])
def test_it_doubles_both_sides_at_the_stated_cost(kind, taps, groups):
    layer = upsampling(kind, 15, 21, groups).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        out = layer(torch.randn(2, 15, 7, 5))
    assert out.shape == (2, 21, 14, 10)
    macs = 2 * taps * 15 * 21 // groups * 35
    assert counter.get_total_flops() == 2 * macs


@pytest.mark.parametrize('kind', ['deconv', 'pixel_shuffle'])
def test_the_new_cells_lie_evenly_around_the_old(kind):
    """A mirrored map gives the mirrored answer of mirrored weights."""
    layer = upsampling(kind, 3, 3).double().eval()
    x = torch.randn(1, 3, 5, 7, dtype=torch.float64)
    before = layer(x)
    with torch.no_grad():
        for module in layer.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                weight = module.weight.flip(3)
                if kind == 'pixel_shuffle':  # rows (channel, dy, dx)
                    weight = weight.unflatten(0, (3, 2, 2)).flip(2)
                    weight = weight.flatten(0, 2)
                module.weight.copy_(weight)
    torch.testing.assert_close(layer(x.flip(3)).flip(3), before)
