"""The codec of integral regression, beside MMPose's."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose.codecs import IntegralRegressionLabel  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmpose_lightkpt.functional.integral import expectation  # noqa: E402

pytestmark = pytest.mark.mmpose


def codec(**kwargs):
    given = dict(input_size=(192, 256), heatmap_size=(6, 8))
    given.update(kwargs)
    return KEYPOINT_CODECS.build(dict(type='IntegralRLELabel', **given))


def test_labels_are_half_pixel_shares_of_the_input():
    points = np.array([[[0.0, 0.0], [191.0, 255.0], [95.5, 127.5]]])
    labels = codec().encode(points)['keypoint_labels']
    np.testing.assert_allclose(
        labels[0],
        [(0.5 / 192, 0.5 / 256), (191.5 / 192, 255.5 / 256), (0.5, 0.5)],
        rtol=1e-6,
    )
    assert labels.dtype == np.float32


def test_shapes_are_those_that_mmpose_packs():
    encoded = codec().encode(np.full((1, 5, 2), 99.0))
    assert encoded['keypoint_labels'].shape == (1, 5, 2)
    assert encoded['keypoint_weights'].shape == (1, 5)
    assert encoded['heatmaps'].shape == (5, 8, 6)
    assert {a.dtype for a in encoded.values()} == {np.dtype(np.float32)}


def test_a_hidden_joint_has_a_flat_map_with_its_point_in_the_middle():
    points = np.array([[[7.0, 9.0], [np.nan, np.nan], [-99.0, 9.0]]])
    encoded = codec().encode(points, np.array([[0.0, 0.0, 1.0]]))
    assert not encoded['keypoint_weights'].any()
    np.testing.assert_allclose(encoded['heatmaps'], 1 / 48, rtol=1e-6)
    np.testing.assert_array_equal(encoded['keypoint_labels'], 0.5)


def test_beyond_the_outermost_centers_the_map_stays_at_them():
    """Of 6 columns of 32 px, these are at 15.5 and 175.5 px."""
    points = np.array([[[3.0, 128.0], [190.0, 128.0], [16.5, 128.0]]])
    encoded = codec().encode(points)
    means = expectation(encoded['heatmaps']) * (192, 256) - 0.5
    np.testing.assert_allclose(means[:, 0], (15.5, 175.5, 16.5), atol=0.04)
    np.testing.assert_allclose(
        codec().decode(encoded['keypoint_labels'])[0], points, atol=1e-4
    )


def test_sigma_may_differ_along_x_and_y():
    encoded = codec(heatmap_size=(48, 64), sigma_cells=(1.5, 3.0)).encode(
        np.full((1, 1, 2), 99.0)
    )
    for axis, sigma in ((0, 1.5), (1, 3.0)):
        side = encoded['heatmaps'][0].sum(axis)
        cells = np.arange(len(side))
        spread = side @ cells**2 - (side @ cells) ** 2
        np.testing.assert_allclose(spread, sigma**2, rtol=1e-4)


def test_rounded_maps_are_those_of_mmpose():
    """Its cell j lies at j * stride, ours at half a cell from the border."""
    ours = codec(target='rounded', sigma_cells=1.0)
    theirs = IntegralRegressionLabel((192, 256), (6, 8), sigma=1)
    points = np.random.default_rng(0).uniform(20, 170, (1, 7, 2))
    shift = (32 - 1) / 2
    np.testing.assert_allclose(
        ours.encode(points)['heatmaps'],
        theirs.encode(points - shift, np.ones((1, 7)))['heatmaps'],
        atol=1e-7,
    )


def test_mmpose_asks_for_two_points_9_px_apart_and_we_for_one():
    """Rounding to cells of 32 px is 32 / sqrt(12) = 9.24 px off, as RMS."""
    x = np.linspace(96, 160, 641)[None, :, None].repeat(2, 2)
    size, grid = (256, 256), (8, 8)
    theirs = IntegralRegressionLabel(size, grid, sigma=1)
    encoded = theirs.encode(x, np.ones(x.shape[:2]))
    cell = encoded['heatmaps'].reshape(-1, 64).argmax(1) % 8
    label = encoded['keypoint_labels'][0, :, 0]
    away = (cell / 8 - label) * 256
    np.testing.assert_allclose(np.sqrt(np.mean(away**2)), 9.24, atol=0.02)

    encoded = codec(input_size=size, heatmap_size=grid).encode(x)
    away = expectation(encoded['heatmaps']) - encoded['keypoint_labels'][0]
    assert np.abs(away * 256).max() < 1e-3


def test_decode_is_the_inverse_and_takes_sigmas():
    points = np.random.default_rng(1).uniform(0, 190, (2, 7, 2))
    labels = codec().encode(points)['keypoint_labels']
    keypoints, scores = codec().decode(labels)
    np.testing.assert_allclose(keypoints, points, atol=1e-4)
    np.testing.assert_array_equal(scores, 1)
    sigmas = np.full((2, 7, 2), (0.1, 0.3), np.float32)
    both = np.concatenate([labels, sigmas], -1)
    np.testing.assert_allclose(codec().decode(both)[1], 0.8, rtol=1e-6)
    given = np.full((2, 7), 0.3, np.float32)
    assert codec().decode(labels, given)[1] is given


@pytest.mark.parametrize(
    'name, value, said',
    [
        ('input_size', (192, 0), 'at least 1'),
        ('input_size', (192,), 'two whole numbers'),
        ('heatmap_size', (1, 8), 'at least 2'),
        ('heatmap_size', (6.5, 8), 'whole'),
        ('sigma_cells', 0, 'positive'),
        ('sigma_cells', (1, -1), 'positive'),
        ('sigma_cells', float('nan'), 'positive'),
        ('sigma_cells', (1, 2, 3), 'each of x and y'),
        ('target', 'sharp', "'exact', 'rounded'"),
    ],
)
def test_a_wrong_argument_is_named(name, value, said):
    with pytest.raises(ValueError, match=f'IntegralRLELabel: {name}.*{said}'):
        codec(**{name: value})


@pytest.mark.parametrize('shape', [(7, 2), (1, 7, 3), (1, 1, 7, 2)])
def test_outputs_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r'\(N, K, 2\)'):
        codec().decode(np.zeros(shape, np.float32))


def test_outputs_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match='diverged'):
        codec().decode(np.full((1, 7, 2), np.nan, np.float32))
