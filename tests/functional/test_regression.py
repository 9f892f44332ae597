import numpy as np
import pytest

from mmpose_lightkpt.functional.regression import (
    decode,
    decode_margins,
    sigmas_from_logits,
    to_pixels,
)

SIZE = (48, 64)


def test_mmposes_shares_are_multiples_of_the_size():
    output = np.array([[[0.25, 0.5], [1.0, -0.125]]], np.float32)
    keypoints, scores = decode(output, SIZE)
    assert keypoints.tolist() == [[[[12, 32], [48, -8]]]]
    assert scores.tolist() == [[[1, 1]]]
    assert keypoints.dtype == scores.dtype == np.float32


def test_half_pixel_shares_reach_the_outer_edges_and_mirror():
    edges = np.array([[[0.0, 0.0], [1.0, 1.0]]], np.float32)
    keypoints, _ = decode(edges, SIZE, half_pixel=True)
    assert keypoints.tolist() == [[[[-0.5, -0.5], [47.5, 63.5]]]]
    shares = np.random.default_rng(0).uniform(size=(7, 2))
    x = to_pixels(shares, SIZE, half_pixel=True)
    mirrored = to_pixels(1 - shares, SIZE, half_pixel=True)
    np.testing.assert_allclose(mirrored, np.subtract(SIZE, 1) - x, atol=1e-12)


@pytest.mark.parametrize('floor', [0.0, 0.125])
def test_a_sigma_is_a_sigmoid_above_its_floor(floor):
    logits = np.array([-np.inf, -2.0, 0.0, 3.0, np.inf])
    with np.errstate(over='ignore'):
        sigmoid = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(
        sigmas_from_logits(logits, floor), floor + (1 - floor) * sigmoid
    )


def test_huge_logits_do_not_overflow():
    with np.errstate(all='raise'):
        sigmas = sigmas_from_logits(np.float32([-1e30, 1e30]), 0.25)
    assert sigmas.tolist() == [0.25, 1.0]


def test_a_score_is_one_minus_the_mean_of_both_sigmas():
    output = np.array([[[0, 0, 0.0, np.log(3)]]], np.float32)
    _, scores = decode(output, SIZE)
    assert scores[0, 0, 0] == pytest.approx(1 - (0.5 + 0.75) / 2)
    _, floored = decode(output, SIZE, sigma_floor=0.2)
    assert floored[0, 0, 0] == pytest.approx(1 - (0.6 + 0.8) / 2)


def test_a_coordinate_has_no_rival():
    assert (decode_margins(np.zeros((2, 3, 4)), SIZE) == np.inf).all()


@pytest.mark.parametrize('shape', [(2, 3, 3), (3, 2), (1, 1, 3, 2)])
def test_another_shape_is_named(shape):
    with pytest.raises(ValueError, match=r'\(N, K, 2\).*got \('):
        decode(np.zeros(shape), SIZE)
