"""SimCC's codec beyond the contract that all codecs keep."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.codecs import SimCCLabel  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmpose_lightkpt.codecs import LightSimCCLabel  # noqa: E402
from mmpose_lightkpt.deploy import decoders  # noqa: E402

pytestmark = pytest.mark.mmpose
NAME = pytest.mark.parametrize
SIZE = (97, 61)


def people(num=3, joints=5, seed=0):
    """Joints 12 px or more from the border: two sigmas of 6 bins each."""
    rng = np.random.default_rng(seed)
    return rng.uniform(12, np.array(SIZE) - 13, (num, joints, 2))


def logits(encoded):
    return [
        np.log(np.maximum(encoded[f'keypoint_{axis}_labels'], 1e-30))
        for axis in 'xy'
    ]


def test_labels_are_distributions_round_the_joint():
    codec = LightSimCCLabel(SIZE, split_ratio=2.0, sigma_bins=(3.0, 2.0))
    points = people()
    encoded = codec.encode(points)
    for axis, (name, num) in enumerate(zip('xy', (194, 122))):
        label = encoded[f'keypoint_{name}_labels']
        assert label.shape == (3, 5, num) and label.dtype == np.float32
        assert_allclose(label.sum(-1), 1, atol=1e-5)
        # Far from the borders a sampled Gaussian has the mean and the
        # variance of the real one, but for 1e-8.
        pixels = np.arange(num) / 2
        mean = label.astype(float) @ pixels
        assert_allclose(mean, points[..., axis], atol=1e-4)
        variance = label.astype(float) @ pixels**2 - mean**2
        assert_allclose(variance, ((3, 2)[axis] / 2) ** 2, rtol=1e-3)


def test_a_joint_that_does_not_count_has_no_label():
    points = people(1)
    points[0, 1] = -3
    visible = np.array([[1, 1, 0, 1, 1]])
    encoded = LightSimCCLabel(SIZE).encode(points, visible)
    for axis in 'xy':
        label = encoded[f'keypoint_{axis}_labels'][0]
        assert_array_equal(label.any(-1), [True, False, False, True, True])


def test_mmposes_labels_lie_up_to_half_a_bin_beside():
    points = people()
    theirs = SimCCLabel(SIZE, sigma=6.0, simcc_split_ratio=2.0).encode(
        points, np.ones((3, 5))
    )
    x, y = logits(theirs)
    rounded, _ = LightSimCCLabel(SIZE).batch_decode(x, y)
    found, _ = LightSimCCLabel(SIZE).batch_decode(
        *logits(LightSimCCLabel(SIZE).encode(points))
    )
    # Both labels are Gaussians, theirs round half of an integer.
    assert_allclose(np.concatenate(rounded), np.around(2 * points) / 2, 1e-4)
    assert 0.2 < np.abs(np.concatenate(rounded) - points).max() <= 0.25 + 1e-3
    assert_allclose(np.concatenate(found), points, atol=1e-3)


def test_the_highest_bin_decodes_as_in_mmpose():
    codec = LightSimCCLabel(SIZE, decoding='argmax')
    theirs = SimCCLabel(SIZE, sigma=6.0, simcc_split_ratio=2.0)
    rng = np.random.default_rng(1)
    x, y = (rng.random((5, num)).astype(np.float32) for num in codec.num_bins)
    assert_array_equal(codec.decode(x, y)[0], theirs.decode(x, y)[0])


def test_mmposes_scores_are_no_shares_and_ours_are():
    codec = LightSimCCLabel(SIZE)
    theirs = SimCCLabel(SIZE, sigma=6.0, simcc_split_ratio=2.0)
    x, y = (row[0] for row in logits(codec.encode(people(1))))
    for constant in (5.0, 50.0):
        _, score = theirs.decode(x + constant, y + constant)
        assert (score > 1).all()  # the logit itself, which is arbitrary
        _, score = codec.decode(x + constant, y + constant)
        assert_allclose(score, 0.9973**2, atol=1e-3)


def test_tensors_of_half_precision_are_decoded():
    codec = LightSimCCLabel(SIZE)
    points = people()
    x, y = (torch.from_numpy(row) for row in logits(codec.encode(points)))
    found, scores = codec.batch_decode(x.bfloat16(), y.bfloat16())
    assert len(found) == len(scores) == 3
    assert found[0].shape == (1, 5, 2) and scores[0].shape == (1, 5)
    assert np.abs(np.concatenate(found) - points).max() < 0.25


@NAME('decoding', ['smooth', 'argmax', 'soft'])
def test_a_board_decodes_as_the_codec_does(decoding):
    codec = LightSimCCLabel(SIZE, 3.0, (4.0, 2.5), decoding)
    spec = json.loads(json.dumps(codec.decode_spec))
    x, y = np.random.default_rng(2).normal(size=(2, 4, 5, 291))
    x, y = x.astype(np.float32), y[..., :183].astype(np.float32)
    ours = codec.batch_decode(x, y)
    board = decoders.decode(spec, [x, y])
    assert_array_equal(board[0], np.concatenate(ours[0]))
    assert_array_equal(board[1], np.concatenate(ours[1]))
    assert decoders.decode_margins(spec, [x, y]).shape == (4, 5)


@NAME(
    'wrong, words',
    [
        (dict(input_size=(97,)), 'input_size .*two positive.*97'),
        (dict(input_size=(97, 0)), 'input_size .*two positive.*0'),
        (dict(input_size=(97, 1)), 'at least 3 bins.*194, 2'),
        (dict(split_ratio=0), 'split_ratio must be positive, got 0'),
        (dict(split_ratio=float('nan')), 'split_ratio .*nan'),
        (dict(sigma_bins=0), 'sigma_bins must be positive.*0'),
        (dict(sigma_bins=(6, -1)), 'sigma_bins must be positive.*-1'),
        (dict(sigma_bins=(6, float('nan'))), 'sigma_bins .*nan'),
        (dict(sigma_bins=(1, 2, 3)), 'one number or two.*3'),
        (dict(decoding='mean'), "decoding must be one of.*'mean'"),
    ],
)
def test_arguments_outside_of_their_range_are_refused(wrong, words):
    settings = dict(type='LightSimCCLabel', input_size=SIZE)
    with pytest.raises(ValueError, match=f'LightSimCCLabel: .*{words}'):
        KEYPOINT_CODECS.build(dict(settings, **wrong))


def test_logits_of_another_size_or_without_end_are_refused():
    codec = LightSimCCLabel(SIZE)
    x, y = np.zeros((2, 5, 194)), np.zeros((2, 5, 122))
    for wrong in ((y, x), (x[..., 1:], y), (x[:1], y), (x, y[:, 1:])):
        with pytest.raises(ValueError, match=r'expected \(N, K, 194\)'):
            codec.batch_decode(*wrong)
    for bad in (np.nan, np.inf):
        x[1, 2, 3] = bad
        with pytest.raises(ValueError, match='NaN or infinity'):
            codec.batch_decode(x, y)
