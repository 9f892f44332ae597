"""One test for each line of docs/conventions.md.

A convention that only one side keeps is an error of half a pixel that no
test of either side can see; so each is pinned here, where both sides meet.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmpose.models.heads.base_head import BaseHead  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS, TRANSFORMS  # noqa: E402

from mmpose_lightkpt.deploy import ModelSpec  # noqa: E402
from mmpose_lightkpt.deploy.device import describe_device  # noqa: E402
from mmpose_lightkpt.deploy.preprocess import (  # noqa: E402
    preprocess,
    to_image,
)
from mmpose_lightkpt.deploy.results import STAGES, check_record  # noqa: E402
from mmpose_lightkpt.deploy.timing import (  # noqa: E402
    TimingPlan,
    time_pipeline,
)
from mmpose_lightkpt.functional import bins, integral, movenet  # noqa: E402
from mmpose_lightkpt.models.losses.functional import (  # noqa: E402
    foreground_mse,
    masked_l1,
)

pytestmark = pytest.mark.mmpose
CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
W, H, K, STRIDE = 92, 68, 3, 4  # a grid of 23 x 17 cells


@pytest.fixture
def codec():
    return KEYPOINT_CODECS.build(
        dict(type='MoveNetLabel', input_size=(W, H), stride=STRIDE)
    )


def encode(codec, points, visible=None):
    """Encode one person of K joints (K, 2)."""
    visible = np.ones(len(points)) if visible is None else np.array(visible)
    return codec.encode(np.array([points], dtype=float), visible[None])


def decode(codec, encoded):
    """Decode what the codec encoded to (K, 2)."""
    maps = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    return codec.decode(*(encoded[key] for key in maps))[0][0]


def spec():
    """A model that takes (W, H) and changes no colour."""
    return ModelSpec(
        name='a',
        input_size=(W, H),
        mean=(0, 0, 0),
        std=(1, 1, 1),
        channel_order='bgr',
        padding=1.0,
        outputs=('a', 'b', 'c', 'd'),
        decoder=dict(type='movenet', stride=[4.0, 4.0], distance_offset=1.8),
        keypoint_names=('a', 'b', 'c'),
        skeleton_links=(),
        flip_indices=(0, 2, 1),
    )


# Pixels, points and sizes ------------------------------------------------


def test_pixel_centers_are_integers_and_points_are_x_y():
    """A dot at pixel (31, 7) is at (31.0, 7.0), in training and on a board.

    The box is the whole frame, so crop and image are the same pixels.
    """
    image = np.zeros((H, W, 3), np.uint8)
    image[7, 31] = 255
    x, warp = preprocess(image, spec(), (0, 0, W, H))
    assert np.unravel_index(x[0].argmax(), x[0].shape) == (7, 31)
    np.testing.assert_allclose(
        to_image(np.array([[31.0, 7.0]]), warp), [[31.0, 7.0]], atol=1e-4
    )
    results = dict(
        img=image,
        img_shape=(H, W),
        bbox_center=np.array([[W / 2, H / 2]]),
        bbox_scale=np.array([[W, H]], dtype=float),
        keypoints=np.array([[[31.0, 7.0]]]),
        keypoints_visible=np.ones((1, 1)),
    )
    affine = TRANSFORMS.build(dict(type='TopdownAffine', input_size=(W, H)))
    results = affine(results)
    crop = results['img'][..., 0]
    assert np.unravel_index(crop.argmax(), crop.shape) == (7, 31)
    np.testing.assert_allclose(
        results['transformed_keypoints'], [[[31.0, 7.0]]], atol=1e-4
    )


def test_sizes_are_w_h_and_tensors_are_h_w(codec):
    assert codec.input_size == (W, H)
    encoded = encode(codec, [[8, 12], [40, 60], [80, 4]])
    assert encoded['heatmaps'].shape == (K, H // STRIDE, W // STRIDE)
    x, _ = preprocess(np.zeros((9, 5, 3), np.uint8), spec(), None)
    assert x.shape == (3, H, W)


@pytest.mark.parametrize(
    'path',
    sorted(CONFIGS.glob('body_2d_keypoint/**/*.py')),
    ids=lambda path: path.stem,
)
def test_file_names_say_h_x_w(path):
    height, width = map(int, re.search(r'-(\d+)x(\d+)$', path.stem).groups())
    codec = Config.fromfile(path).codec
    assert tuple(codec['input_size']) == (width, height)


# Flipping and grids ------------------------------------------------------


def test_flipping_maps_x_to_w_minus_1_minus_x():
    """For pixels and keypoints alike: the dot stays under its keypoint."""
    image = np.zeros((H, W, 3), np.uint8)
    image[7, 31] = 255
    flip = TRANSFORMS.build(
        dict(type='RandomFlip', prob=1.0, direction='horizontal')
    )
    results = flip(
        dict(
            img=image,
            img_shape=(H, W),
            flip_indices=[0],
            keypoints=np.array([[[31.0, 7.0]]]),
            keypoints_visible=np.ones((1, 1)),
        )
    )
    assert results['keypoints'].tolist() == [[[W - 1 - 31, 7]]]
    assert results['img'][7, W - 1 - 31, 0] == 255


def test_movenet_cell_j_is_at_pixel_j_times_the_stride(codec):
    """A point on that pixel has its peak there and needs no offset."""
    points = [[8, 12], [40, 60], [80, 4]]
    encoded = encode(codec, points)
    for k, (x, y) in enumerate(points):
        peak = encoded['heatmaps'][k].argmax()
        row, column = np.unravel_index(peak, (H // STRIDE, W // STRIDE))
        assert (column * STRIDE, row * STRIDE) == (x, y)
        assert not encoded['offsets'][2 * k : 2 * k + 2, row, column].any()


def test_movenet_weighs_centers_by_their_distance_to_half_the_size():
    """W = 1 / (d + 1.8), d from (W / 2, H / 2) and not from (W - 1) / 2."""
    weight = movenet.center_weight(17, 23)
    y, x = np.mgrid[:17, :23]
    distance = np.sqrt((y - 8.5) ** 2 + (x - 11.5) ** 2)
    np.testing.assert_allclose(weight, 1 / (distance + 1.8), rtol=1e-6)
    even = movenet.center_weight(48, 48)
    assert np.unravel_index(even.argmax(), even.shape) == (24, 24)


@pytest.fixture(params=[1, 2, 3])
def simcc(request):
    """SimCC's codec with 1, 2 or 3 bins to a pixel."""
    codec = dict(type='LightSimCCLabel', split_ratio=request.param)
    return KEYPOINT_CODECS.build(dict(codec, input_size=(W, H)))


def simcc_bins(codec, points):
    """Labels of x (K, Wx) and y (K, Wy)."""
    encoded = encode(codec, points)
    return [encoded[f'keypoint_{axis}_labels'][0] for axis in 'xy']


def test_simcc_bin_i_is_at_pixel_i_over_r(simcc):
    """A joint on a pixel has its peak r times as far."""
    points = np.array([[40, 20], [51, 33], [60, 44]])
    labels = simcc_bins(simcc, points)
    for axis, label in enumerate(labels):
        want = points[:, axis] * simcc.split_ratio
        assert label.argmax(-1).tolist() == want.tolist()
    found, _ = simcc.decode(*(np.log(label + 1e-30) for label in labels))
    np.testing.assert_allclose(found[0], points, atol=1e-3)


def test_mirrored_simcc_bins_are_the_reversed_ones_moved_by_r_minus_1(simcc):
    """They are the labels of the mirrored joint."""
    points = np.array([[40.3, 20], [51, 33], [45.8, 44]])
    x, _ = simcc_bins(simcc, points)
    mirrored, _ = simcc_bins(simcc, points * [-1, 1] + [W - 1, 0])
    r = simcc.split_ratio
    flipped = bins.flip_bins(x, r)
    np.testing.assert_allclose(flipped, mirrored, atol=1e-6)
    moved = x[:, ::-1][:, r - 1 :]
    np.testing.assert_array_equal(flipped[:, : moved.shape[1]], moved)


def test_integral_cell_j_is_at_a_half_pixel_share():
    """On both sides: of a codec's map, and of a network's."""
    cell = dict(type='IntegralRLELabel', input_size=(W, H), sigma_cells=0.3)
    label = KEYPOINT_CODECS.build(dict(cell, heatmap_size=(W // 4, H // 4)))
    column, row = 5, 11
    point = np.array([4 * column + 1.5, 4 * row + 1.5])  # its middle
    encoded = encode(label, [point] * K)
    shares = (point + 0.5) / [W, H]
    np.testing.assert_allclose(encoded['keypoint_labels'][0, 0], shares)
    assert encoded['heatmaps'][0].argmax() == row * (W // 4) + column
    for maps, x in ((1, point[0]), (-1, W - 1 - point[0])):
        logits = np.log(encoded['heatmaps'] + 1e-30)[None, ..., ::maps]
        found, _ = integral.decode(logits, input_size=(W, H), temperature=1.0)
        np.testing.assert_allclose(found[0, 0, 0], (x, point[1]), atol=1e-3)


def test_a_flipped_and_restored_prediction_equals_the_original(codec):
    """MoveNet's flip test averages keypoints; its grid is off a mirror."""
    head = MODELS.build(
        dict(
            type='MoveNetHead',
            in_channels=5,
            num_keypoints=K,
            decoder=dict(type='MoveNetLabel', input_size=(W, H)),
        )
    )
    points = np.array([[9.3, 12.1], [40.7, 60.2], [71.4, 14.9]])
    swap = [0, 2, 1]
    views = []
    for view in (points, points[swap] * [-1, 1] + [W - 1, 0]):
        encoded = encode(codec, view)
        views.append(
            tuple(
                torch.from_numpy(encoded[key])[None]
                for key in (
                    'center_heatmaps',
                    'heatmaps',
                    'regression',
                    'offsets',
                )
            )
        )
    head.forward = lambda outputs: outputs
    sample = type('Sample', (), dict(metainfo=dict(flip_indices=swap)))
    (pred,) = head.predict(views, [sample], dict(flip_test=True))
    np.testing.assert_allclose(pred.keypoints[0], points, atol=1e-3)


# MoveNet's tensors -------------------------------------------------------


def test_movenet_channels_are_x0_y0_x1_y1(codec):
    """One cell right of and two below the centre, then three left of it."""
    center = np.zeros((1, 1, 17, 23), np.float32)
    center[0, 0, 8, 11] = 1
    heatmaps = np.zeros((1, 2, 17, 23), np.float32)
    heatmaps[0, 0, 10, 12] = heatmaps[0, 1, 8, 8] = 1
    offsets = np.zeros((1, 4, 17, 23), np.float32)
    offsets[0, :, 10, 12] = [0.25, 0.5, 9, 9]
    offsets[0, :, 8, 8] = [9, 9, -0.25, 0.75]
    regression = np.zeros((1, 4, 17, 23), np.float32)
    regression[0, :, 8, 11] = [1, 2, -3, 0]
    keypoints, _ = movenet.decode(center, heatmaps, regression, offsets)
    np.testing.assert_allclose(
        keypoints[0, 0], [[4 * 12.25, 4 * 10.5], [4 * 7.75, 4 * 8.75]]
    )
    encoded = encode(codec, [[49, 42], [31, 35]])
    row, column = np.unravel_index(
        encoded['center_heatmaps'].argmax(), (17, 23)
    )
    np.testing.assert_allclose(
        encoded['regression'][:, row, column],
        [49 / 4 - column, 42 / 4 - row, 31 / 4 - column, 35 / 4 - row],
        rtol=1e-5,
    )


def test_movenet_outputs_are_center_heatmap_regression_offset():
    """In this order, from the head as from the exported file."""
    head = MODELS.build(
        dict(type='MoveNetHead', in_channels=5, num_keypoints=K)
    ).eval()
    with torch.no_grad():
        for name in ('center', 'heatmap', 'regression', 'offset'):
            branch = getattr(head, name)[-1]
            torch.nn.init.zeros_(branch.weight)
            torch.nn.init.constant_(branch.bias, len(name))
        outputs = head([torch.zeros(1, 5, 17, 23)])
    assert [out.shape[1] for out in outputs] == [1, K, 2 * K, 2 * K]
    expected = [
        torch.tensor(6.0).sigmoid(),
        torch.tensor(7.0).sigmoid(),
        torch.tensor(10.0),
        torch.tensor(6.0),
    ]
    for out, value in zip(outputs, expected):
        torch.testing.assert_close(out, value.expand_as(out))
    several = MODELS.build(
        dict(type='MoveNetMultiHead', in_channels=5, num_keypoints=K)
    ).eval()
    assert several.branches == (*head.branches, 'box_offset', 'box_size')
    several.init_weights()
    with torch.no_grad():
        *_, offset, size = several([torch.zeros(1, 5, 17, 23)])
    assert offset.shape == size.shape == (1, 2, 17, 23)
    torch.testing.assert_close(offset, 0 * offset)
    torch.testing.assert_close(size, 16 + 0 * size)


# Weights and losses ------------------------------------------------------


def test_weights_are_n_k_in_zero_and_one(codec):
    weights = codec.encode(
        np.array([[[8.0, 12], [40, 60], [80, 400]]] * 2),
        np.array([[1.0, 0, 1], [2, 1, 0]]),
    )['keypoint_weights']
    assert weights.tolist() == [[1, 0, 0], [1, 1, 0]]


def test_an_unlabelled_joint_is_never_a_negative(codec):
    """No loss looks at its maps within its person."""
    encoded = encode(codec, [[8, 12], [40, 60], [80, 4]], [1, 0, 1])
    for name in ('heatmap', 'regression', 'offset'):
        assert not encoded[f'{name}_weights'][1].any(), name
        assert encoded[f'{name}_weights'][0].any(), name


@pytest.mark.parametrize(
    'loss, channels',
    [(lambda o, t, w: foreground_mse(o, t, w, 8.0), 1), (masked_l1, 2)],
    ids=['foreground_mse', 'masked_l1'],
)
def test_a_loss_is_a_mean_over_visible_joints(loss, channels):
    """Twice the batch changes nothing, a hidden joint gets no gradient,
    nothing visible is 0. The contract of losses checks far more."""
    generator = torch.Generator().manual_seed(0)
    shape = (2, K * channels, 17, 23)
    output = torch.rand(shape, generator=generator, requires_grad=True)
    target = torch.rand(shape, generator=generator)
    weight = torch.ones(2, K, 17, 23)
    weight[0, 1] = 0
    value = loss(output, target, weight)
    twice = loss(*(torch.cat([t, t]) for t in (output, target, weight)))
    torch.testing.assert_close(twice, value)
    (grad,) = torch.autograd.grad(value, output)
    seen = grad.unflatten(1, (K, channels)).abs().sum((2, 3, 4)) > 0
    assert seen.tolist() == [[True, False, True], [True, True, True]]
    assert loss(output, target, weight * 0) == 0


# Scores and times --------------------------------------------------------


def our_heads():
    return [
        cls
        for cls in MODELS.module_dict.values()
        if cls.__module__.startswith('mmpose_lightkpt.')
        and issubclass(cls, BaseHead)
    ]


def test_every_head_says_what_its_scores_mean():
    assert our_heads()
    for head in our_heads():
        assert re.search(r'\bscores? (is|are)\b', head.__doc__), head


def test_scores_are_the_heatmaps_own_values_in_zero_to_one(codec):
    """Not weighted by the distance to where the joint was expected."""
    encoded = encode(codec, [[9, 13], [41, 61], [81, 5]])
    encoded['heatmaps'] *= np.float32([0.9, 0.5, 0.25])[:, None, None]
    maps = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    _, scores = codec.decode(*(encoded[key] for key in maps))
    np.testing.assert_allclose(scores, [[0.9, 0.5, 0.25]], rtol=1e-6)


def test_simcc_scores_are_what_lies_within_three_sigma(simcc):
    """99.7 % an axis for a label; 95.4 % along x if half as wide again."""
    x, y = (
        np.log(label + 1e-30) for label in simcc_bins(simcc, [[46, 34]] * K)
    )
    np.testing.assert_allclose(simcc.decode(x, y)[1], 0.9973**2, atol=1e-3)
    scores = simcc.decode(x / 1.5**2, y)[1]
    np.testing.assert_allclose(scores, 0.9545 * 0.9973, rtol=0.01)


class OneImage:
    """A pipeline that accepts single images and nothing else."""

    def __init__(self):
        self.calls = 0

    def preprocess(self, image, box):
        assert image.ndim == 3
        return np.zeros((3, H, W), np.float32), np.eye(2, 3)

    def forward(self, x):
        assert x.shape == (3, H, W)
        self.calls += 1
        return [x]

    def decode(self, outputs, warp):
        return np.zeros((K, 2)), np.zeros(K)


def test_times_are_of_single_images_after_a_warm_up():
    pipeline = OneImage()
    plan = TimingPlan(loops=7, seconds=0, warmup_loops=3, warmup_seconds=0)
    image = np.zeros((11, 13, 3), np.uint8)
    times = time_pipeline(pipeline, image, None, plan)
    assert pipeline.calls == 7 + 3
    assert {stage: times[stage].count for stage in times} == dict.fromkeys(
        STAGES, 7
    )


def a_record():
    """A benchmark record with one row."""
    summary = dict(
        median=2.0,
        p90=3.0,
        p99=4.0,
        min=1.0,
        cv=0.1,
        low=2.0,
        high=2.5,
        repeats=3,
    )
    row = dict(
        model='a',
        input_size=[W, H],
        threads=1,
        precision='fp32',
        params=7,
        macs=None,
        counted_macs=None,
        file_bytes=11,
        parity={},
        stages={stage: dict(summary) for stage in STAGES},
        samples=[],
    )
    return dict(
        version=1,
        command='c',
        date='2026-01-01',
        device={},
        plan={},
        reference=None,
        complete=True,
        rows=[row],
        failures=[],
    )


def test_times_come_with_all_that_they_depend_on():
    """Median and p90, threads, precision and device; none may be missing."""
    check_record(a_record())
    assert {'cpu', 'versions'} <= set(describe_device())
    for key in ('device', 'plan', 'command', 'date'):
        record = a_record()
        del record[key]
        with pytest.raises(ValueError, match=key):
            check_record(record)
    for key in ('threads', 'precision', 'input_size'):
        record = a_record()
        del record['rows'][0][key]
        with pytest.raises(ValueError, match=key):
            check_record(record)
    for key in ('median', 'p90'):
        record = a_record()
        del record['rows'][0]['stages']['forward'][key]
        with pytest.raises(ValueError, match=f'forward.{key}'):
            check_record(record)
