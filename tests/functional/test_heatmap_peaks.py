"""MMPose's decode of heatmaps, against formulas; parity with its codec is in
tests/deploy/test_mmpose_decoders.py."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.heatmap_peaks import (
    blur,
    decode,
    decode_margins,
    gaussian_kernel,
)

H, W = 31, 23
STRIDE = (4.0, 3.0)


def bumps(points, sigma=2.0, height=0.9):
    """(1, K, H, W): a Gaussian at each real-valued (x, y), in cells."""
    y, x = np.mgrid[:H, :W]
    maps = [
        height * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2))
        for px, py in points
    ]
    return np.array([maps], np.float32)


@pytest.mark.parametrize('size', [1, 3, 5, 7, 11, 13, 17])
def test_the_kernel_is_opencvs(size):
    cv2 = pytest.importorskip('cv2')
    np.testing.assert_allclose(
        gaussian_kernel(size), cv2.getGaussianKernel(size, 0)[:, 0], atol=1e-7
    )


@pytest.mark.parametrize('size', [3, 11])
def test_the_blur_is_opencvs_with_zeros_around(size):
    cv2 = pytest.importorskip('cv2')
    maps = np.random.default_rng(0).normal(size=(2, H, W)).astype(np.float32)
    ours = blur(maps, size)
    for one, got in zip(maps, ours):
        padded = np.pad(one, size)
        want = cv2.GaussianBlur(padded, (size, size), 0)
        want = want[size:-size, size:-size]
        want *= one.max() / want.max()
        np.testing.assert_allclose(got, want, atol=1e-5)


def test_an_empty_map_stays_empty():
    assert not blur(np.zeros((2, H, W), np.float32), 11).any()


def test_a_quarter_is_added_towards_the_higher_neighbour():
    points = [(10.25, 12.0), (9.75, 12.25), (11.0, 7.75)]
    keypoints, scores = decode(bumps(points), STRIDE)
    # A bump on a cell has equal neighbours and is not moved.
    cells = [(10.25, 12.0), (9.75, 12.25), (11.0, 7.75)]
    np.testing.assert_allclose(keypoints[0, 0], np.multiply(cells, STRIDE))
    assert (scores <= 0.9).all() and (scores > 0.8).all()


def test_dark_finds_a_gaussians_real_valued_peak():
    rng = np.random.default_rng(0)
    points = rng.uniform(9, np.array([W, H]) - 10, (40, 2))
    keypoints, _ = decode(bumps(points), STRIDE, 'dark')
    # Exact for a Gaussian but for the frame's zeros in the blur.
    error = np.abs(keypoints[0, 0] / STRIDE - points)
    assert error.max() < 2e-3
    quarter, _ = decode(bumps(points), STRIDE)
    assert np.abs(quarter[0, 0] / STRIDE - points).max() > 0.2


def test_nothing_positive_is_mmposes_minus_one_with_score_zero():
    maps = np.stack([np.full((1, H, W), v) for v in (0.0, -1.0)], 1)
    for refine in ('quarter', 'dark'):
        keypoints, scores = decode(maps, STRIDE, refine)
        assert keypoints.tolist() == [[[[-4, -3], [-4, -3]]]]
        assert scores.tolist() == [[[0, 0]]]


def test_scores_are_clipped():
    keypoints, scores = decode(bumps([(7, 9)], height=3.0), STRIDE)
    assert scores.tolist() == [[[1]]]
    assert keypoints.tolist() == [[[[28, 27]]]]


@pytest.mark.parametrize('refine', ['quarter', 'dark'])
def test_peaks_in_the_corners_stay_in_the_map(refine):
    points = [(0, 0), (W - 1, 0), (0, H - 1), (W - 1, H - 1)]
    keypoints, _ = decode(bumps(points), STRIDE, refine)
    np.testing.assert_allclose(keypoints[0, 0], np.multiply(points, STRIDE))


def test_margins_are_the_closest_decision():
    maps = np.zeros((1, 3, H, W), np.float32)
    maps[0, :, 9, 7] = 0.5
    maps[0, 0, 2, 2] = 0.375  # a rival
    maps[0, 1, 9, 8] = 0.0625  # one slope is small, the other is 0
    maps[0, 2, 9, 8] = maps[0, 2, 10, 7] = 0.25
    maps[0, 2, 9, 6] = 0.1875
    want = dict(dark=[0.125, 0.4375, 0.25], quarter=[0, 0, 0.0625])
    for refine, margins in want.items():
        assert decode_margins(maps, STRIDE, refine)[0].tolist() == margins


def test_an_unknown_refinement_is_named():
    with pytest.raises(ValueError, match="refine.*'udp'"):
        decode(bumps([(7, 9)]), STRIDE, 'udp')
