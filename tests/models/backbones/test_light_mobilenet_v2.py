"""MobileNetV2 with stages of any width, begun with a whole one's weights."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402

pytestmark = pytest.mark.mmpose

NARROW = (
    (1, 16, 1, 1),
    (3, 24, 2, 2),
    (4, 32, 3, 2),
    (6, 64, 2, 2),
    (5, 96, 3, 1),
)


def make(**kwargs):
    torch.manual_seed(0)
    model = MODELS.build(dict(type='LightMobileNetV2', **kwargs))
    model.init_weights()
    model.eval()
    return model


@pytest.fixture(scope='module')
def whole():
    """torchvision's network with normalisations that are not trivial."""
    torch.manual_seed(1)
    model = mobilenet_v2(weights=None)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.5)
            nn.init.normal_(norm.running_mean, std=0.1)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return model.eval()


def save(model, path):
    torch.save(model.state_dict(), path)
    return str(path)


def test_stages_are_what_arch_says():
    model = make(arch=NARROW, last_channels=0, out_indices=(0, 1, 2, 3, 4))
    maps = model(torch.rand(1, 3, 64, 96))
    assert [tuple(m.shape[1:]) for m in maps] == [
        (16, 32, 48),
        (24, 16, 24),
        (32, 8, 12),
        (64, 4, 6),
        (96, 4, 6),
    ]
    stages = [getattr(model, name) for name in model.layers]
    hidden = [blocks[-1].conv[-1].conv.in_channels for blocks in stages]
    assert hidden == [32, 3 * 24, 4 * 32, 6 * 64, 5 * 96]


def test_one_network_leaves_anothers_stages_alone():
    make(arch=NARROW, last_channels=0, out_indices=(4,))
    assert make()(torch.rand(1, 3, 32, 32))[0].shape[1] == 1280


def test_whole_weights_give_torchvisions_features(whole, tmp_path):
    model = make(narrow_from=save(whole, tmp_path / 'whole.pth'))
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model(x)[0], whole.features(x))


def test_names_of_mmpose_are_read_too(whole, tmp_path):
    first = make(narrow_from=save(whole, tmp_path / 'whole.pth'))
    again = make(narrow_from=save(first, tmp_path / 'mmpose.pth'))
    for (name, a), b in zip(
        first.state_dict().items(), again.state_dict().values()
    ):
        assert torch.equal(a, b), name


def silence(model, arch):
    """Of each block let only as many hidden channels count as arch has."""
    blocks = iter(list(model.features)[1:18])
    paper = (16, 24, 32, 64, 96, 160, 320)
    counts = (1, 2, 3, 4, 3, 3, 1)
    inside = 32
    generator = torch.Generator().manual_seed(2)
    for stage, (channels, count) in enumerate(zip(paper, counts)):
        for _ in range(count):
            project = next(blocks).conv[-2].weight
            if stage < len(arch):
                kept = inside * arch[stage][0]
                order = torch.randperm(project.shape[1], generator=generator)
                project.data[:, order[kept:]] = 0
            inside = channels


def test_the_channels_that_count_stay(whole, tmp_path):
    whole = mobilenet_v2(weights=None).eval()
    silence(whole, NARROW)
    path = save(whole, tmp_path / 'silenced.pth')
    model = make(
        arch=NARROW, last_channels=0, out_indices=(2,), narrow_from=path
    )
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model(x)[0], whole.features[:7](x))


def test_a_channel_stuck_at_zero_or_six_goes_first(whole, tmp_path):
    narrow = ((1, 16, 1, 1), (5, 24, 2, 2))
    hidden = 80  # of 96
    norm = whole.features[2].conv[1][1]
    stuck = torch.arange(96) % 6 == 0
    kept = norm.bias.data.clone(), norm.weight.data.clone()
    norm.bias.data[stuck] = torch.tensor([-40.0, 40.0]).repeat(8)
    path = save(whole, tmp_path / 'stuck.pth')
    norm.bias.data, norm.weight.data = kept
    model = make(
        arch=narrow, last_channels=0, out_indices=(1,), narrow_from=path
    )
    left = model.layer2[0].conv[1].bn.bias
    assert len(left) == hidden
    assert left.abs().max() < 40


@pytest.mark.parametrize(
    'arch, message',
    [
        (((1, 16, 1, 1), (7, 24, 2, 2)), 'only 96'),
        (((1, 24, 1, 1),), 'with its channels'),
    ],
)
def test_what_cannot_be_narrowed_is_refused(whole, tmp_path, arch, message):
    path = save(whole, tmp_path / 'whole.pth')
    with pytest.raises(ValueError, match=message):
        make(arch=arch, last_channels=0, out_indices=(0,), narrow_from=path)


def test_another_networks_weights_are_refused(tmp_path):
    path = save(mobilenet_v2(width_mult=0.5), tmp_path / 'half.pth')
    with pytest.raises(ValueError, match='expected the weights of MobileNetV'):
        make(narrow_from=path)


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(arch=((1, 16, 1),)), 'a stage of arch must be'),
        (dict(arch=((1, 16, 1, 3),)), 'the stride 1 or 2'),
        (dict(arch=((0, 16, 1, 1),)), 'whole and positive'),
        (dict(last_channels=-1), 'must not be negative'),
        (dict(last_channels=0), 'out_indices must be from 0 to 6'),
        (dict(arch=NARROW, out_indices=(6,)), 'out_indices must be from 0'),
    ],
)
def test_bad_arguments_are_named(kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(**kwargs)
