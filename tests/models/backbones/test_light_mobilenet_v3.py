"""MobileNetV3 as the paper and torchvision have it."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402
from torchvision.models import (  # noqa: E402
    mobilenet_v3_large,
    mobilenet_v3_small,
)

pytestmark = pytest.mark.mmpose

# Tables 2 (small) and 1 (large) of the paper: kernel, expansion, outputs,
# squeeze-and-excite, stride. The nonlinearity has no parameters.
BLOCKS = {
    'small': [
        (3, 16, 16, 1, 2),
        (3, 72, 24, 0, 2),
        (3, 88, 24, 0, 1),
        (5, 96, 40, 1, 2),
        (5, 240, 40, 1, 1),
        (5, 240, 40, 1, 1),
        (5, 120, 48, 1, 1),
        (5, 144, 48, 1, 1),
        (5, 288, 96, 1, 2),
        (5, 576, 96, 1, 1),
        (5, 576, 96, 1, 1),
    ],
    'large': [
        (3, 16, 16, 0, 1),
        (3, 64, 24, 0, 2),
        (3, 72, 24, 0, 1),
        (5, 72, 40, 1, 2),
        (5, 120, 40, 1, 1),
        (5, 120, 40, 1, 1),
        (3, 240, 80, 0, 2),
        (3, 200, 80, 0, 1),
        (3, 184, 80, 0, 1),
        (3, 184, 80, 0, 1),
        (3, 480, 112, 1, 1),
        (3, 672, 112, 1, 1),
        (5, 672, 160, 1, 2),
        (5, 960, 160, 1, 1),
        (5, 960, 160, 1, 1),
    ],
}
TORCHVISION = {'small': mobilenet_v3_small, 'large': mobilenet_v3_large}
EACH = pytest.mark.parametrize('arch', ['small', 'large'])


def make(**kwargs):
    torch.manual_seed(0)
    model = MODELS.build(dict(type='LightMobileNetV3', **kwargs))
    return model.eval()


def multiple_of_8(value):
    """The paper's rounding: to the nearest, but by a tenth down at most."""
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


def params(arch):
    """Learned numbers up to the last block, from the paper's tables.

    A convolution has no bias but a norm with two numbers per channel; the
    gate is two 1x1 convolutions with bias around a quarter of the channels;
    a block that does not widen has no first convolution.
    """
    total, inside = 27 * 16 + 2 * 16, 16
    for kernel, middle, outside, gate, _ in BLOCKS[arch]:
        if middle != inside:
            total += inside * middle + 2 * middle
        total += kernel**2 * middle + 2 * middle
        quarter = multiple_of_8(middle / 4)
        total += gate * (2 * middle * quarter + quarter + middle)
        total += middle * outside + 2 * outside
        inside = outside
    return total


def randomised(model):
    """Norms and biases that a mistake cannot hide behind."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.bias.data):
                tensor.copy_(torch.randn(len(tensor), generator=generator))
            for tensor in (module.running_var, module.weight.data):
                tensor.copy_(
                    0.5 + torch.rand(len(tensor), generator=generator)
                )
    return model.eval()


@EACH
def test_parameters_are_those_of_the_papers_table(arch):
    learned = sum(p.numel() for p in make(arch=arch).parameters())
    assert learned == params(arch)


@EACH
def test_torchvisions_whole_state_dict_fits_and_gives_its_features(arch):
    reference = randomised(TORCHVISION[arch](num_classes=7))
    count = len(reference.features)
    model = make(arch=arch, out_indices=range(count))
    model.load_state_dict(reference.state_dict())  # strict
    x = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, wanted = model(x), x
        for index, layer in enumerate(reference.features):
            wanted = layer(wanted)
            assert (ours[index] - wanted).abs().max() < 1e-5, index


@EACH
def test_what_comes_after_the_last_output_is_not_built(arch):
    model = make(arch=arch)
    model.load_state_dict(TORCHVISION[arch]().state_dict())
    assert len(model.features) == len(BLOCKS[arch]) + 1
    assert all(p.requires_grad for p in model.parameters())


def test_a_stranger_in_the_state_dict_is_still_refused():
    state = mobilenet_v3_small().state_dict()
    state['features.1.block.9.weight'] = torch.zeros(1)
    with pytest.raises(RuntimeError, match='features.1.block.9.weight'):
        make().load_state_dict(state)


def test_inside_of_a_model_its_neighbours_keys_are_left_alone():
    """A head's ``classifier`` is not the backbone's."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = make()
            self.classifier = nn.Linear(2, 3)

    model = Model()
    assert model.load_state_dict(model.state_dict())
    state = model.state_dict()
    assert 'classifier.weight' in state


def test_a_checkpoint_of_torchvision_initialises_it(tmp_path):
    reference = mobilenet_v3_small()
    torch.save(reference.state_dict(), tmp_path / 'imagenet.pth')
    model = make(
        init_cfg=dict(
            type='Pretrained', checkpoint=str(tmp_path / 'imagenet.pth')
        )
    )
    model.init_weights()
    for name, value in model.state_dict().items():
        assert torch.equal(value, reference.state_dict()[name]), name


@EACH
def test_strides_and_channels_are_as_documented(arch):
    wanted, stride = [(16, 2)], 2
    for _, _, channels, _, step in BLOCKS[arch]:
        stride *= step
        wanted.append((channels, stride))
    wanted.append((6 * wanted[-1][0], stride))
    model = make(arch=arch, out_indices=range(len(wanted)))
    with torch.no_grad():
        maps = model(torch.zeros(1, 3, 64, 96))
    shapes = [tuple(m.shape) for m in maps]
    assert shapes == [(1, c, 64 // s, 96 // s) for c, s in wanted]


def test_mmposes_own_mobilenetv3_does_not_take_these_weights():
    """Why there is another one."""
    other = MODELS.build(
        dict(type='MobileNetV3', arch='small', out_indices=(10,))
    )
    mine = {tuple(v.shape) for v in make().state_dict().values()}
    theirs = [k for k in other.state_dict() if 'features' in k]
    assert theirs == []
    assert sum(p.numel() for p in other.parameters()) != params('small')
    assert mine


@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (dict(arch='big'), "arch must be one of .*got 'big'"),
        (dict(out_indices=()), 'out_indices must be increasing'),
        (dict(out_indices=(3, 3)), 'out_indices must be increasing'),
        (dict(out_indices=(13,)), 'from 0 to 12'),
        (dict(out_indices=(-1,)), 'from 0 to 12'),
        (dict(widen_factor=0), 'widen_factor must be positive, got 0'),
    ],
)
def test_a_wrong_argument_is_named(wrong, message):
    with pytest.raises(ValueError, match=f'LightMobileNetV3: .*{message}'):
        MODELS.build(dict(type='LightMobileNetV3', **wrong))
