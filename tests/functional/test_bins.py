"""SimCC's bins, against Gaussians and against MMPose's decode."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmpose_lightkpt.functional import bins

NAME = pytest.mark.parametrize
PRECISE = ('smooth', 'soft')


def parabola(mu, num, sigma, peak=0.0):
    """A Gaussian's logits, from its definition."""
    i = np.arange(num)
    return peak - (i - np.asarray(mu)[..., None]) ** 2 / (2 * sigma**2)


def centres(num, ratio, count=300, seed=0):
    """Real-valued places in all of the frame, in bins."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-ratio / 2, num - ratio / 2, count)


# Labels ------------------------------------------------------------------


@NAME('size, ratio, num', [(192, 2, 384), (192, 1.3, 250), (101, 2.3, 232)])
def test_an_axis_has_size_times_ratio_bins(size, ratio, num):
    assert bins.num_bins(size, ratio) == num


def test_labels_are_the_gaussian_formula_written_out():
    label = bins.gaussian_bins(np.array([[3.3, -0.7]]), 7, 1.5)
    assert label.shape == (1, 2, 7) and label.dtype == np.float32
    for row, mu in zip(label[0], (3.3, -0.7)):
        raw = [math.exp(-((i - mu) ** 2) / (2 * 1.5**2)) for i in range(7)]
        assert_allclose(row, np.array(raw) / sum(raw), atol=1e-7)


@NAME('sigma', [0.5, 2.0, 6.0])
def test_labels_sum_to_one_at_the_borders_too(sigma):
    label = bins.gaussian_bins(centres(61, 2.0), 61, sigma)
    assert_allclose(label.sum(-1), 1, atol=1e-6)


def test_a_label_far_outside_is_finite():
    label = bins.gaussian_bins(np.array([-1e6, 1e6]), 11, 0.1)
    assert_allclose(label, np.eye(11)[[0, 10]])


# Decoding ----------------------------------------------------------------


@NAME('decoding', PRECISE)
@NAME('ratio', [1.0, 2.0, 2.3, 3.0])
@NAME('sigma', [1.5, 4.9, 6.0, 11.0])
def test_a_gaussian_gives_its_centre_back_all_over_the_frame(
    decoding, ratio, sigma
):
    num = bins.num_bins(101, ratio)
    mu = centres(num, ratio)
    found = bins.locate(parabola(mu, num, sigma), ratio, sigma, decoding)
    # The table that corrects both is linear between eighths of a bin.
    assert_allclose(found, mu, atol=1e-3)
    inside = (mu > 6 * sigma) & (mu < num - 6 * sigma)
    assert_allclose(found[inside], mu[inside], atol=1e-6)


def test_the_plain_mean_would_be_pulled_inside_at_a_border():
    # Of half a Gaussian the mean is sqrt(2 / pi) sigma, 4.8 bins, inside.
    logits = parabola(np.array(0.0), 101, 6.0)
    plain = bins.softmax(logits) @ np.arange(101)
    assert plain == pytest.approx(math.sqrt(2 / math.pi) * 6, abs=0.5)
    assert bins.locate(logits, 2.0, 6.0, 'soft') == pytest.approx(0, abs=1e-3)


@NAME('decoding', bins.DECODINGS)
def test_a_constant_added_to_the_logits_changes_nothing(decoding):
    mu = centres(83, 2.0)
    low = bins.locate(parabola(mu, 83, 3.0, -500.0), 2.0, 3.0, decoding)
    high = bins.locate(parabola(mu, 83, 3.0, 500.0), 2.0, 3.0, decoding)
    assert_allclose(low, high, atol=1e-6)


@NAME('decoding', bins.DECODINGS)
@NAME('logits', [np.zeros(31), np.arange(31.0), np.ones(31) * 1e30])
def test_what_is_no_peak_is_still_inside_the_frame(decoding, logits):
    found = bins.locate(logits, 2.0, 6.0, decoding)
    assert -1 <= found <= 30


def test_smoothing_would_pull_inside_at_a_border_too():
    # What is cut off a label at bin 0 leaves its smoothed form to rise up to
    # where its slope, i / 2 sigma^2 there, is outweighed no longer.
    top = bins._top(bins.softmax(parabola(np.array(0.0), 101, 6.0)), 6.0)
    fine = np.linspace(0, 20, 20001)
    j = np.arange(101)
    by_definition = np.exp(
        -(j**2 + (fine[:, None] - j) ** 2) / (2 * 6.0**2)
    ).sum(-1)
    assert top == pytest.approx(fine[by_definition.argmax()], abs=0.02)
    assert top > 3


@NAME('sigma', [1.0, 3.3, 6.0])
def test_the_top_is_that_of_the_convolution_near_the_fullest_bins(sigma):
    p = bins.softmax(3 * np.random.default_rng(0).normal(size=(50, 97)))
    kernel = np.exp(-0.5 * (np.arange(-96, 97) / sigma) ** 2)
    reach = int(sigma + 0.5)
    for row, found in zip(p, bins._top(p, sigma)):
        held = np.convolve(row, np.ones(2 * reach + 1))[reach:-reach]
        first = max(held.argmax() - reach, 0)
        smooth = np.convolve(row, kernel)[96:193]
        nearby = smooth[first : held.argmax() + reach + 1]
        assert abs(found - first - nearby.argmax()) <= 1


@NAME('level', [0.0, -2.2, 3.7, 100.0])
def test_a_flat_row_has_one_answer_whatever_its_level(level):
    """Rounding decides nothing, for it would differ on a board."""
    flat = np.full((1, 384), level, np.float32)
    noise = np.random.default_rng(0).normal(0, 1e-12, flat.shape)
    first = bins.locate(np.zeros((1, 384)), 2.0, 6.0, 'smooth')
    assert_allclose(bins.locate(flat, 2.0, 6.0, 'smooth'), first)
    found = bins.locate(flat + noise, 2.0, 6.0, 'smooth')
    assert_allclose(found, first, atol=0.5)


def test_the_wider_of_two_hills_wins_though_its_top_is_lower():
    # The same top, or a higher one, over a third of the width: less of it
    # is left when a label has smoothed both.
    logits = np.logaddexp(
        parabola(np.array(60.0), 301, 6.0),
        parabola(np.array(200.0), 301, 2.0, peak=0.4),
    )
    assert bins.locate(logits, 2.0, 6.0, 'argmax') == 200
    found = bins.locate(logits, 2.0, 6.0, 'smooth')
    assert found == pytest.approx(60, abs=1e-3)


@NAME('wider', [1, 2, 4])
def test_noise_of_half_precision_moves_the_highest_bin_but_not_the_top(wider):
    """Half precision's arithmetic leaves some 0.02 on logits round 10.

    Where bins of width w are smoothed by s, the slope at the top weighs the
    noise by the product of both Gaussians, of variance v = 1 / (1 / w^2 +
    1 / s^2), and the bend is 1 / (w^2 + s^2): the top moves by the noise
    times (w^2 + s^2) / s^2 sqrt(sqrt(v) / 4 sqrt(pi)) bins.
    """
    s, w = 6.0, 6.0 * wider
    mu = centres(583, 2.0, 2000)
    inside = (mu > 4 * w) & (mu < 583 - 4 * w)
    noise = np.random.default_rng(4).normal(0, 0.02, (2000, 583))
    logits = parabola(mu, 583, w, 10.0) + noise
    error = {
        decoding: (bins.locate(logits, 2.0, s, decoding) - mu)[inside].std()
        for decoding in bins.DECODINGS
    }
    v = 1 / (1 / w**2 + 1 / s**2)
    expected = (w**2 + s**2) / s**2 * np.sqrt(np.sqrt(v / np.pi) / 4)
    assert error['smooth'] == pytest.approx(0.02 * expected, rel=0.1)
    assert error['argmax'] > 5 * error['smooth']


@NAME('axis', [0, 1])
def test_bin_i_lies_at_pixel_i_over_r(axis):
    logits = np.full((2, 1, 1, 41), -9.0)
    logits[axis, ..., 7] = 9
    logits[1 - axis, ..., 30] = 9
    found, _ = bins.decode(*logits, 2.0, (1.0, 1.0), 'argmax')
    assert found.shape == (1, 1, 1, 2)
    assert found[0, 0, 0].tolist() == [[3.5, 15], [15, 3.5]][axis]


def test_another_decoding_is_refused():
    with pytest.raises(ValueError, match="one of .*'soft'.*got 'mean'"):
        bins.locate(np.zeros(5), 2.0, 1.0, 'mean')


def test_the_highest_bin_is_mmposes_answer():
    processing = pytest.importorskip('mmpose.codecs.utils')
    rng = np.random.default_rng(1)
    x, y = (rng.normal(size=(3, 5, n)).astype(np.float32) for n in (37, 53))
    # Positive values: MMPose moves a joint to (-1, -1) where one is not.
    theirs, _ = processing.get_simcc_maximum(np.exp(x), np.exp(y))
    ours, _ = bins.decode(x, y, 2.0, (6.0, 6.0), 'argmax')
    assert_array_equal(ours[:, 0], theirs / 2)


def test_mmpose_loses_a_joint_whose_logits_are_negative_and_we_do_not():
    processing = pytest.importorskip('mmpose.codecs.utils')
    x = y = parabola(np.array([[20.0]]), 41, 3.0, peak=-0.5)
    theirs, _ = processing.get_simcc_maximum(x.copy(), y.copy())
    ours, _ = bins.decode(x, y)
    assert theirs.tolist() == [[[-1, -1]]]
    assert_allclose(ours, [[[[10, 10]]]], atol=1e-6)


# Scores ------------------------------------------------------------------


@NAME('sigma', [0.5, 1.0, 6.0])
def test_a_perfect_label_scores_one_wherever_it_is(sigma):
    mu = centres(201, 2.0)
    found = bins.certainty(parabola(mu, 201, sigma), mu, sigma)
    # Not 99.7 % for narrow ones, whose bins an edge cuts in halves.
    assert ((found > 0.98) & (found <= 1)).all()


@NAME('wider', [1.5, 2.0, 4.0])
def test_the_score_is_how_probable_the_neighbourhood_is(wider):
    x, y = (parabola(np.full((1, 1), 150.3), 301, 6 * wider) for _ in 'xy')
    _, scores = bins.decode(x, y, 2.0, (6.0, 6.0))
    assert scores.shape == (1, 1, 1)
    within = math.erf(3 / wider / math.sqrt(2))
    assert scores[0, 0, 0] == pytest.approx(within**2, rel=0.002)


def test_an_edge_within_a_bin_takes_its_share():
    logits = np.log([[0.1, 0.2, 0.4, 0.2, 0.1]])
    for where, share in ((2.0, 0.8), (2.5, 0.75), (0.0, 0.3), (9.0, 0.0)):
        found = bins.certainty(logits, np.array([where]), 0.5)
        # Three sigma are 1.5 bins: from where - 1.5 to where + 1.5.
        assert found == pytest.approx(share)


def test_scores_are_in_zero_to_one_for_any_logits():
    rng = np.random.default_rng(2)
    for scale in (0, 1, 100, 1e30):
        x, y = scale * rng.normal(size=(2, 3, 5, 61))
        _, scores = bins.decode(x, y)
        assert ((scores >= 0) & (scores <= 1)).all()


def test_two_equal_peaks_score_half_on_their_axis():
    one = bins.gaussian_bins(np.array([[60.0]]), 301, 6.0)
    two = (one + bins.gaussian_bins(np.array([[240.0]]), 301, 6.0)) / 2
    x, y = (np.log(np.maximum(p, 1e-30)) for p in (two, one))
    _, scores = bins.decode(x, y)
    assert scores.item() == pytest.approx(0.5, rel=0.01)


# Margins -----------------------------------------------------------------


def test_the_margin_is_the_lead_over_another_peak():
    # Peaks of 5 and 4.75 at bins 20 and 60; the flank of the first is not
    # another peak.
    x = np.maximum(
        parabola(np.array([[20.0]]), 81, 3.0, 5.0),
        parabola(np.array([[60.0]]), 81, 3.0, 4.75),
    )
    y = parabola(np.array([[40.0]]), 81, 3.0, 5.0)
    for decoding in ('argmax', 'smooth'):
        margins = bins.decode_margins(x, y, 2.0, (3.0, 3.0), decoding)
        assert margins.shape == (1, 1)
        assert margins[0, 0] == pytest.approx(0.25)
    # y alone: the first bin beyond sigma is 4 away.
    alone = bins.decode_margins(y, y, 2.0, (3.0, 3.0), 'argmax')
    assert alone[0, 0] == pytest.approx(16 / 18)
    # Smoothed it is wider by sqrt(2), and the first bin beyond 5 away.
    alone = bins.decode_margins(y, y, 2.0, (3.0, 3.0))
    assert alone[0, 0] == pytest.approx(25 / 36)


def test_nothing_competes_for_a_mean():
    x = np.zeros((2, 3, 17))
    assert np.isposinf(bins.decode_margins(x, x, decoding='soft')).all()


# Flip --------------------------------------------------------------------


@NAME('ratio', [1, 2, 3])
def test_flipped_bins_are_those_of_the_flipped_joint(ratio):
    width, sigma = 97, 3.0
    num = bins.num_bins(width, ratio)
    x = np.random.default_rng(3).uniform(20, width - 20, 200)
    label = bins.gaussian_bins(x * ratio, num, sigma)
    mirrored = bins.gaussian_bins((width - 1 - x) * ratio, num, sigma)
    # Both are cut at 20 px or more, where nothing is left.
    assert_allclose(bins.flip_bins(label, ratio), mirrored, atol=1e-6)
    inside = slice(ratio, num - ratio + 1)
    twice = bins.flip_bins(bins.flip_bins(label, ratio), ratio)
    assert_array_equal(twice[:, inside], label[:, inside])


@NAME('ratio, beside', [(1, 0), (2, 1), (3, 2)])
def test_mmposes_flip_is_r_minus_one_bins_beside(ratio, beside):
    tta = pytest.importorskip('mmpose.models.utils.tta')
    torch = pytest.importorskip('torch')
    width, x = 97, 30.0
    num = bins.num_bins(width, ratio)
    mirrored = parabola(np.array([[(width - 1 - x) * ratio]]), num, 3.0)
    theirs, _ = tta.flip_vectors(*[torch.from_numpy(mirrored)] * 2, [0])
    ours = bins.flip_bins(mirrored, ratio)
    assert ours.argmax() == x * ratio
    assert theirs.numpy().argmax() == x * ratio + beside


@NAME('ratio', [1.5, 0.5, 0])
def test_bins_that_are_no_mirror_of_themselves_are_not_flipped(ratio):
    with pytest.raises(ValueError, match=f'whole number.*got {ratio}'):
        bins.flip_bins(np.zeros(9), ratio)
