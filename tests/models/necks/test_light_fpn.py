"""The pyramid that ends in one fine map."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

pytestmark = pytest.mark.mmpose
# L: in_channels, widths, out_channels
TAPS = {
    2: ((5, 11), (7,), 3),
    3: ((5, 11, 13), (7, 17), 3),
    4: ((5, 11, 13, 19), (7, 17, 23), 2),
}


def make(taps=3):
    torch.manual_seed(0)
    inside, widths, outside = TAPS[taps]
    neck = MODELS.build(
        dict(
            type='LightFPN',
            in_channels=inside,
            widths=widths,
            out_channels=outside,
        )
    )
    neck.init_weights()
    return neck.eval()


def features(taps=3, num=2, height=3, width=5):
    """Levels, fine to coarse, the coarsest of height x width."""
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(
            num, c, height << level, width << level, generator=generator
        )
        for c, level in zip(TAPS[taps][0], reversed(range(taps)))
    ]


@pytest.mark.parametrize('taps', TAPS)
def test_the_result_is_one_map_of_the_finest_size(taps):
    (x,) = make(taps)(features(taps))
    scale = 2 ** (taps - 1)
    assert x.shape == (2, TAPS[taps][2], 3 * scale, 5 * scale)


@pytest.mark.parametrize('taps', TAPS)
def test_size_is_that_of_the_formula(taps):
    """1x1 with bias for top and laterals; a separable step has a depthwise
    3x3 with bias and a 1x1 with a norm."""
    inside, widths, out = TAPS[taps]
    total = inside[-1] * widths[-1] + widths[-1]
    for c, w, o in zip(inside, widths, (out, *widths)):
        total += c * w + w + 9 * w + w + w * o + 2 * o
    assert sum(p.numel() for p in make(taps).parameters()) == total


def test_it_is_upsample_plus_lateral_then_a_separable_convolution():
    """Written out for two taps, norms at their initial values."""
    neck, (fine, coarse) = make(2), features(2)
    depthwise, pointwise = neck.convs[0]

    def affine(x, conv):
        return nn.functional.conv2d(x, conv.weight, conv.bias)

    with torch.no_grad():
        x = torch.nn.functional.interpolate(
            affine(coarse, neck.top),
            scale_factor=2,
            mode='bilinear',
            align_corners=False,
        ) + affine(fine, neck.laterals[0])
        x = nn.functional.conv2d(
            x, depthwise.weight, depthwise.bias, padding=1, groups=7
        )
        x = nn.functional.conv2d(x, pointwise.conv.weight)
        want = torch.relu(x / (1 + 1e-5) ** 0.5)
        torch.testing.assert_close(neck([fine, coarse])[0], want)


def test_upsampling_is_half_pixel_bilinear():
    """0, 4 becomes 0, 1, 3, 4 (a corner-aligned one gives 0, 4/3, 8/3, 4)."""
    x = torch.tensor([[[[0.0, 4.0]]]])
    got = make().upsample(x)[0, 0, 0]
    torch.testing.assert_close(got, torch.tensor([0.0, 1.0, 3.0, 4.0]))


def test_no_activation_follows_a_depthwise_convolution():
    """As in Google's graph; the reproductions have a ReLU there."""
    for step in make(4).convs:
        assert len(step) == 2
        assert type(step[0]) is nn.Conv2d and step[0].groups > 1
        assert type(step[1].activate) is nn.ReLU


def test_coarse_levels_reach_the_result():
    neck, feats = make(4), features(4)
    with torch.no_grad():
        before = neck(feats)[0]
        for level in range(4):
            changed = [f.clone() for f in feats]
            changed[level] += 1
            assert (neck(changed)[0] - before).abs().max() > 1e-3, level


def test_traced_equals_eager_on_another_input():
    neck = make()
    traced = torch.jit.trace(neck, (features(),))
    other = [f * 2 - 1 for f in features()]
    with torch.no_grad():
        torch.testing.assert_close(traced(other), neck(other))


def test_a_wrong_count_of_levels_is_refused():
    with pytest.raises(ValueError, match='expected 3 levels, got 2.*out_ind'):
        make()(features()[:2])


def test_levels_that_are_not_halves_are_refused():
    """As of an input of 136 pixels on a backbone of stride 16: 17 and 9."""
    feats = features()
    feats[0] = feats[0][..., :-1]
    with pytest.raises(
        ValueError, match=r'12 x 19.*twice.*6 x 10.*input_size'
    ):
        make()(feats)


@pytest.mark.parametrize(
    'inside, widths', [((5,), ()), ((5, 7), (3, 3)), ((5, 7, 11), (3,))]
)
def test_widths_must_name_each_finer_level(inside, widths):
    with pytest.raises(
        ValueError, match=f'{len(inside)} in_channels and {len(widths)} widths'
    ):
        MODELS.build(
            dict(
                type='LightFPN',
                in_channels=inside,
                widths=widths,
                out_channels=3,
            )
        )
