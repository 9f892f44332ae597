import numpy as np
import pytest

from mmpose_lightkpt.deploy.statistics import (
    Summary,
    summarise,
    summarise_repeats,
)


def test_the_summary_of_one_to_a_hundred_and_one_is_known():
    # 1, 2, ..., 101: the q-th percentile of n values in order lies at
    # 1 + q/100 * (n - 1) = 1 + q; the variance is (n^2 - 1)/12 = 850.
    summary = summarise(
        np.random.default_rng(0).permutation(np.arange(1, 102))
    )
    assert summary.median == 51
    assert summary.p90 == 91
    assert summary.p99 == 100
    assert summary.min == 1
    assert summary.count == 101
    assert summary.cv == pytest.approx(850**0.5 / 51)


def test_one_outlier_moves_neither_median_nor_p90():
    times = [2.0] * 50
    disturbed = summarise(times[:-1] + [1000.0])
    assert (disturbed.median, disturbed.p90) == (2.0, 2.0)
    assert disturbed.cv > 1 > summarise(times).cv == 0


def test_changing_the_unit_scales_all_but_the_spread():
    times = np.random.default_rng(1).uniform(1, 2, 47)
    a, b = summarise(times), summarise(times * 1000)
    np.testing.assert_allclose(np.array(a[:4]) * 1000, b[:4])
    assert a.cv == pytest.approx(b.cv)


@pytest.mark.parametrize(
    'times', [[], [1.0, float('nan')], [-1.0], [float('inf')]]
)
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ValueError, match='times'):
        summarise(times)


def test_repeats_give_the_median_of_medians_and_their_range():
    repeats = [summarise([t, t, t]) for t in (5.0, 3.0, 11.0)]
    combined = summarise_repeats(repeats)
    assert (combined.median, combined.low, combined.high) == (5, 3, 11)
    assert (combined.min, combined.repeats) == (3, 3)


def test_one_disturbed_repeat_moves_no_percentile():
    quiet = Summary(median=2, p90=3, p99=4, min=1, cv=0.1, count=7)
    wild = Summary(median=90, p90=99, p99=999, min=1, cv=5.0, count=7)
    combined = summarise_repeats([quiet, wild, quiet])
    assert combined[:5] == quiet[:5]
    assert combined.high == 90


def test_no_repeat_is_refused():
    with pytest.raises(ValueError, match='at least one'):
        summarise_repeats([])
