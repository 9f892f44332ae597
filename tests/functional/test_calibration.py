"""Reliability bins and ranking against sums written out."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.calibration import ranking, reliability


def draw(num, seed, power=1.0):
    """Scores, and hits that come with probability ``score ** power``."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0, 1, num)
    return scores, rng.uniform(0, 1, num) < scores**power


def test_the_error_of_true_probabilities_vanishes_with_their_number():
    # Each bin's share has a standard error of at most 0.5 / sqrt(n / 10).
    bound = 0.5 / np.sqrt(100_000 / 10)
    assert reliability(*draw(100_000, 0)).ece < bound


def test_the_error_of_overconfident_scores_is_their_distance():
    # E|s - s^3| over the unit interval is 1/2 - 1/4.
    error = reliability(*draw(100_000, 1, power=3.0), num_bins=100).ece
    assert error == pytest.approx(0.25, abs=0.01)


def test_bins_agree_with_a_loop():
    scores, hits = draw(500, 2)
    bins = reliability(scores, hits, 7)
    total = 0.0
    for b in range(7):
        inside = (scores >= b / 7) & (scores < (b + 1) / 7)
        assert bins.counts[b] == inside.sum()
        assert bins.scores[b] == pytest.approx(scores[inside].mean())
        assert bins.shares[b] == pytest.approx(hits[inside].mean())
        gap = abs(scores[inside].mean() - hits[inside].mean())
        total += inside.sum() / 500 * gap
    assert bins.ece == pytest.approx(total)


@pytest.mark.parametrize('num_bins', [1, 3, 10])
def test_a_score_on_an_edge_belongs_to_the_upper_bin_and_one_to_the_last(
    num_bins,
):
    scores = np.arange(num_bins + 1) / num_bins
    bins = reliability(scores, scores > 2, num_bins)
    assert bins.counts.tolist() == [1] * (num_bins - 1) + [2]


def test_an_empty_bin_has_no_mean_and_no_part_in_the_error():
    bins = reliability([0.1, 0.1], [True, False], 2)
    assert np.isnan(bins.scores[1]) and np.isnan(bins.shares[1])
    assert bins.ece == pytest.approx(0.4)


def test_the_error_does_not_depend_on_order_or_repetition():
    scores, hits = draw(300, 3)
    error = reliability(scores, hits).ece
    assert reliability(scores[::-1], hits[::-1]).ece == pytest.approx(error)
    twice = reliability(np.tile(scores, 2), np.tile(hits, 2)).ece
    assert twice == pytest.approx(error)


def test_ranking_agrees_with_all_pairs():
    rng = np.random.default_rng(4)
    scores = rng.integers(0, 6, 200) / 5  # with many equal ones
    hits = rng.uniform(0, 1, 200) < 0.2 + 0.6 * scores
    right, wrong = scores[hits][:, None], scores[~hits]
    pairs = (right > wrong).mean() + 0.5 * (right == wrong).mean()
    assert ranking(scores, hits) == pytest.approx(pairs)


def test_ranking_knows_order_alone():
    scores, hits = draw(300, 5)
    area = ranking(scores, hits)
    assert ranking(scores**3, hits) == pytest.approx(area)
    assert ranking(1 - scores, hits) == pytest.approx(1 - area)
    assert ranking(np.full(300, 0.3), hits) == pytest.approx(0.5)
    assert ranking(hits.astype(float), hits) == 1.0


def test_ranking_needs_both_right_and_wrong():
    assert ranking([0.2, 0.4], [True, True]) is None
    assert ranking([0.2, 0.4], [False, False]) is None


@pytest.mark.parametrize('function', [reliability, ranking])
@pytest.mark.parametrize(
    'scores, hits, message',
    [
        ([], [], 'M at least 1'),
        ([0.5], [True, False], r'\(1,\) and \(2,\)'),
        ([[0.5]], [[True]], 'must both be'),
        ([0.5, 1.01], [True, False], '1.01'),
        ([-0.01], [True], '-0.01'),
        ([np.nan], [True], 'nan'),
    ],
)
def test_bad_arguments_are_named(function, scores, hits, message):
    with pytest.raises(ValueError, match=message):
        function(scores, hits)
