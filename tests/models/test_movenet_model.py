"""MoveNet as a whole: MMPose's top-down estimator from each base config."""

from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.models.backbones import MobileNetV2  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

pytestmark = pytest.mark.mmpose
BASES = Path(__file__).resolve().parents[2] / 'configs/_base_/models'
NAMES = (
    'movenet_mobilenetv2',
    'movenet_mobilenetv3-small',
    'movenet_shufflenetv2-0.5',
    'movenet_shufflenetv2-0.75',
    'movenet_shufflenetv2-1.0',
)
# What MobileNetV3's ImageNet weights were trained with.
IMAGENET = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
# Mirror images of each other: 1 and 2, 3 and 4.
K, MIRROR = 5, [0, 2, 1, 4, 3]
SIZE = (96, 64)  # w, h


def build(name, joints=K, size=SIZE, **test_cfg):
    init_default_scope('mmpose')
    torch.manual_seed(0)
    config = Config.fromfile(BASES / f'{name}.py').model
    config.head.num_keypoints = joints
    config.head.decoder = dict(type='MoveNetLabel', input_size=size)
    config.test_cfg.update(test_cfg)
    model = MODELS.build(config)
    model.init_weights()
    return model


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def images(num=1, size=SIZE):
    rng = np.random.default_rng(0)
    shape = (num, 3, size[1], size[0])
    return torch.from_numpy(rng.normal(size=shape).astype(np.float32))


def convolutions(model):
    return [m for m in model.modules() if isinstance(m, nn.Conv2d)]


def sample():
    """A frame that is its own crop, so that input pixels are the image's."""
    size = np.array(SIZE, np.float32)
    info = dict(
        flip_indices=MIRROR,
        input_size=SIZE,
        input_center=size / 2,
        input_scale=size,
    )
    found = PoseDataSample(metainfo=info)
    found.gt_instances = InstanceData(
        bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1)
    )
    return found


# Lightning ---------------------------------------------------------------


def test_mobilenetv2_is_lightnings_graph_to_the_last_parameter():
    """Google's file: 74 convolutions, 2,318,190 numbers with norms folded
    into a bias for each convolution, 270.5 M multiply-accumulates."""
    model = build('movenet_mobilenetv2', 17, (192, 192)).eval()
    convs = convolutions(model)
    assert len(convs) == 74
    folded = sum(c.weight.numel() + c.out_channels for c in convs)
    assert folded == 2_318_190
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(images(1, (192, 192)), None, mode='tensor')
    assert counter.get_total_flops() / 2e6 == pytest.approx(270.5, abs=0.1)


def test_every_convolution_has_a_norm_or_a_bias():
    """Otherwise the sum above would count a bias that is not there."""
    model = build('movenet_mobilenetv2')
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    biases = [c for c in convolutions(model) if c.bias is not None]
    assert len(norms) + len(biases) == 74


def test_mobilenetv2_pads_as_tensorflow_does():
    """Stride 2 on even sizes: nothing at the left and top, one cell right
    and below. An impulse at an even pixel 2 j then reaches cell j by the
    kernel's first tap, one at 2 j + 1 by its second."""
    stem = build('movenet_mobilenetv2').backbone.conv1.conv
    assert stem.stride == (2, 2)
    with torch.no_grad():
        stem.weight.copy_(torch.arange(1.0, 10).view(3, 3).expand(32, 3, 3, 3))
        for (row, column), tap in {
            (4, 8): 1.0,
            (4, 9): 2.0,
            (5, 8): 4.0,
            (5, 9): 5.0,
        }.items():
            x = torch.zeros(1, 3, 16, 24)
            x[0, 0, row, column] = 1
            assert stem(x)[0, 0, 2, 4] == tap


def test_all_of_mobilenetv2_pads_so():
    backbone = build('movenet_mobilenetv2').backbone
    strided = [c for c in convolutions(backbone) if c.stride == (2, 2)]
    assert len(strided) == 5
    for conv in strided:
        conv.weight.data.fill_(1)
        per_group = conv.in_channels // conv.groups
        ones = torch.ones(1, conv.in_channels, 6, 10)
        with torch.no_grad():
            out = conv(ones)[0, 0] / per_group
        assert out.shape == (3, 5)
        assert out[0, 0] == 9 and out[-1, -1] == 4  # 3 x 3, then 2 x 2


def test_relu6_is_inside_of_mobilenetv2_alone(name):
    model = build(name)
    inside = {id(m) for m in model.backbone.modules()}
    found = [m for m in model.modules() if isinstance(m, nn.ReLU6)]
    assert all(id(m) in inside for m in found)
    assert bool(found) == isinstance(model.backbone, MobileNetV2)


# Both --------------------------------------------------------------------


def test_outputs_have_a_quarter_of_the_input_on_each_side(name):
    model = build(name).eval()
    with torch.no_grad():
        outputs = model(images(2), None, mode='tensor')
    shapes = [tuple(o.shape) for o in outputs]
    assert shapes == [(2, c, 16, 24) for c in (1, K, 2 * K, 2 * K)]


@pytest.mark.parametrize(
    'size', [(128, 128), (160, 160), (192, 192), (224, 256), (256, 256)]
)
@pytest.mark.parametrize('preset', ['official', 'article'])
def test_every_input_from_128_to_256_learns_and_decodes(name, size, preset):
    """Targets fit the outputs, and a network that says the targets is
    decoded to the joints that were drawn."""
    model = build(name, size=size)
    codec = KEYPOINT_CODECS.build(
        dict(type='MoveNetLabel', input_size=size, preset=preset)
    )
    points = np.random.default_rng(0).uniform(0.2, 0.8, (1, K, 2)) * size
    encoded = codec.encode(points)
    data = dict(
        encoded,
        field_mapping_table=codec.field_mapping_table,
        label_mapping_table=codec.label_mapping_table,
        img=np.zeros((*size[::-1], 3), np.uint8),
    )
    truth = PackPoseInputs()(data)['data_samples']
    with torch.no_grad():
        feats = model.extract_feat(images(1, size))
        losses = model.head.loss(feats, [truth])
    assert all(torch.isfinite(value) for value in losses.values())
    names = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    maps = [truth.gt_fields.get(key)[None] for key in names]
    keypoints, _ = model.head.decoder.batch_decode(*maps)
    np.testing.assert_allclose(keypoints[0], points, atol=1e-3)


def test_pixels_reach_the_network_as_normalised_rgb(name):
    model = build(name)
    bgr = torch.zeros(3, *SIZE[::-1], dtype=torch.uint8)
    bgr[0] = 255  # blue
    data = dict(inputs=[bgr], data_samples=[sample()])
    x = model.data_preprocessor(data, training=False)['inputs']
    mean, std = ([127.5] * 3,) * 2
    if 'v3' in name:
        mean, std = IMAGENET
    want = (torch.tensor([0, 0, 255]) - torch.tensor(mean)) / torch.tensor(std)
    want = want.view(1, 3, 1, 1)
    torch.testing.assert_close(x, want.expand(1, 3, *SIZE[::-1]))


def test_flip_test_answers_a_mirrored_image_with_the_mirrored_answer(name):
    model = build(name, flip_test=True)
    # Untrained maps are flat: let norms see an image, and scale the outputs.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    for branch in (model.head.center, model.head.heatmap, model.head.offset):
        nn.init.normal_(branch[-1].weight, std=0.3)
    x = images()
    with torch.no_grad():
        model.train()(x, None, mode='tensor')
        model.eval()
        one = model(x, [sample()], mode='predict')[0].pred_instances
        two = model(x.flip(-1), [sample()], mode='predict')[0].pred_instances
    restored = two.keypoints[:, MIRROR]
    restored[..., 0] = SIZE[0] - 1 - restored[..., 0]
    np.testing.assert_allclose(restored, one.keypoints, atol=1e-3)
    np.testing.assert_allclose(
        two.keypoint_scores[:, MIRROR], one.keypoint_scores, atol=1e-6
    )
    assert np.ptp(one.keypoints, axis=1).min() > 1


def test_traced_equals_eager_on_another_image(name):
    model = build(name).eval()

    class Exported(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x, None, mode='tensor')

    traced = torch.jit.trace(Exported(), images(), check_trace=False)
    x = images() * 2 - 1
    with torch.no_grad():
        for got, want in zip(traced(x), model(x, None, mode='tensor')):
            torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


def test_an_input_that_the_network_cannot_halve_is_named(name):
    """120 / 32 and 120 / 16 are no whole numbers."""
    model = build(name, size=(120, 96)).eval()
    with pytest.raises(ValueError, match='LightFPN.*input_size'):
        model(images(1, (120, 96)), None, mode='tensor')
