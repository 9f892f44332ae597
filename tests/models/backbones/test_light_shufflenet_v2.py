"""ShuffleNetV2 with free widths and without max-pool."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.models.backbones.light_shufflenet_v2 import (  # noqa: E402
    ShuffleUnit,
)

pytestmark = pytest.mark.mmpose


def make(**kwargs):
    torch.manual_seed(0)
    model = MODELS.build(dict(type='LightShuffleNetV2', **kwargs))
    model.init_weights()
    return model.eval()


def small(**kwargs):
    return make(arch=(10, 14, 22), stem_channels=7, blocks=(2, 3, 1), **kwargs)


def image(num=1, height=96, width=64):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(num, 3, height, width, generator=generator)


def params(stem, channels, blocks):
    """Learned numbers, from figure 3 (c) and (d) of the paper.

    A convolution has no bias but a norm with two numbers per channel. A unit
    of c channels, h = c / 2: 1x1 h to h, depthwise 3x3 h, 1x1 h to h. A
    strided unit from i channels: the same from i, besides a depthwise 3x3 of
    i and a 1x1 of i to h.
    """
    total, inside = 27 * stem + 2 * stem, stem
    for c, num in zip(channels, blocks):
        h = c // 2
        rest = (9 * h + 2 * h) + (h * h + 2 * h)
        total += (inside * h + 2 * h) + rest
        total += (9 * inside + 2 * inside) + (inside * h + 2 * h)
        total += (num - 1) * ((h * h + 2 * h) + rest)
        inside = c
    return total


def count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    'arch, channels',
    [
        ('0.5', (48, 96, 192)),
        ('1.0', (116, 232, 464)),
        ('1.5', (176, 352, 704)),
        ('2.0', (244, 488, 976)),
    ],
)
def test_the_papers_widths_are_those_of_its_table(arch, channels):
    """Table 5 of the paper, stages 2, 3 and 4."""
    assert count(make(arch=arch)) == params(24, channels, (4, 8, 4))


def test_the_articles_widths_have_the_size_of_the_formula():
    assert count(make()) == params(24, (64, 128, 192), (4, 8, 4))


def test_free_widths_have_the_size_of_the_formula():
    assert count(small()) == params(7, (10, 14, 22), (2, 3, 1))


def test_stages_come_out_at_strides_4_8_16():
    outs = make()(image())
    assert [tuple(o.shape) for o in outs] == [
        (1, 64, 24, 16),
        (1, 128, 12, 8),
        (1, 192, 6, 4),
    ]


def test_out_indices_pick_the_same_features():
    every = small()
    some = small(out_indices=(0, 2))
    some.load_state_dict(every.state_dict())
    x = image()
    with torch.no_grad():
        first, _, last = every(x)
        picked = some(x)
    assert len(picked) == 2
    torch.testing.assert_close(picked, (first, last))


def test_nothing_is_pooled():
    pools = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
    assert not [m for m in make().modules() if isinstance(m, pools)]


def test_activations_are_plain_relu_and_none_follows_a_depthwise():
    for module in make().modules():
        assert not isinstance(module, (nn.ReLU6, nn.Hardswish))
        if hasattr(module, 'conv') and module.conv.groups > 1:
            assert not module.with_activation


def test_a_unit_passes_half_of_its_channels_and_interleaves_them():
    """Outputs 0, 2, 4, ... are the first half of the inputs, untouched."""
    torch.manual_seed(0)
    unit = ShuffleUnit(14, 14, 1, dict(type='BN')).eval()
    x = torch.randn(2, 14, 5, 11)
    with torch.no_grad():
        y = unit(x)
        convolved = unit.branch(x[:, 7:])
    torch.testing.assert_close(y[:, 0::2], x[:, :7])
    torch.testing.assert_close(y[:, 1::2], convolved)


def test_a_strided_unit_convolves_all_channels_on_both_sides():
    torch.manual_seed(0)
    unit = ShuffleUnit(5, 14, 2, dict(type='BN')).eval()
    x = torch.randn(2, 5, 6, 22)
    with torch.no_grad():
        y = unit(x)
        torch.testing.assert_close(y[:, 0::2], unit.shortcut(x))
        torch.testing.assert_close(y[:, 1::2], unit.branch(x))
    assert y.shape == (2, 14, 3, 11)


def test_channels_last_stays_channels_last_in_every_unit():
    """Forwards and backwards; a copy in between would cost the speed-up."""
    model = small().train()
    last = torch.channels_last
    seen = []

    def look(module, inputs, output):
        seen.append(output.is_contiguous(memory_format=last))

    for module in model.modules():
        if isinstance(module, (ShuffleUnit, nn.ChannelShuffle)):
            module.register_forward_hook(look)
    x = image(2).contiguous(memory_format=last)
    outs = model(x)
    assert len(seen) == 12 and all(seen)
    outs[-1].retain_grad()
    (outs[-1] ** 2).sum().backward()
    assert all(p.grad.isfinite().all() for p in model.stages.parameters())


def test_memory_format_changes_nothing_but_the_speed():
    model, x = small(), image(2)
    with torch.no_grad():
        one, two = model(x), model(x.to(memory_format=torch.channels_last))
    torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_traced_equals_eager_on_another_image():
    model = small()
    traced = torch.jit.trace(model, image())
    x = image() * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(traced(x), model(x))


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(arch='3.0'), r"arch.*'0.75'.*got '3.0'"),
        (dict(arch=(64, 127, 192)), r'even.*\(64, 127, 192\)'),
        (dict(arch=(64, 0, 192)), r'even.*\(64, 0, 192\)'),
        (dict(arch=(64, 128)), r'width.*\(64, 128\).*\(4, 8, 4\)'),
        (dict(blocks=(4, 0, 4)), r'at least one block.*\(4, 0, 4\)'),
        (dict(out_indices=(0, 3)), r'out_indices.*\(0, 3\)'),
        (dict(out_indices=(-1,)), r'out_indices.*\(-1,\)'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)
