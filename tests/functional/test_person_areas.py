"""Areas and distributions, by hand."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.person_areas import (
    area_share,
    bin_shares,
    least_change,
    total_variation,
    triangle,
)


def test_an_area_is_the_rectangle_of_the_joints_over_the_crops():
    """20 x 30 of 100 x 60."""
    points = np.array([(10, 5), (30, 12), (11, 35), (20, 20)])
    assert area_share(points, (100, 60)) == pytest.approx(0.1)
    assert area_share(points - 50, (100, 60)) == pytest.approx(0.1)
    assert np.isnan(area_share(points[:3], (100, 60)))


def test_what_is_beyond_the_edges_counts_in_the_outer_bins():
    got = bin_shares(np.array([0.0, 0.15, 0.2, 0.3, 5.0]), (0.1, 0.2, 0.3))
    np.testing.assert_allclose(got, (0.4, 0.6))
    assert bin_shares(np.array([]), (0.1, 0.2)).tolist() == [0]


@pytest.mark.parametrize('num', [2, 7, 20])
def test_a_triangle_is_that_of_numpys_generator(num):
    edges = np.linspace(0, 1, num + 1)
    got = triangle(0.05, 0.2, 0.6, edges)
    assert got.sum() == pytest.approx(1)
    rng = np.random.default_rng(0)
    drawn = rng.triangular(0.05, 0.2, 0.6, 200_000)
    np.testing.assert_allclose(got, bin_shares(drawn, edges), atol=0.005)


@pytest.mark.parametrize('areas', [(0.2, 0.1, 0.3), (0, 0.1, 2), (-1, 0, 1)])
def test_areas_that_do_not_increase_or_leave_the_crop_are_refused(areas):
    with pytest.raises(ValueError, match='must increase from low over peak'):
        triangle(*areas, (0, 0.5, 1))


def test_the_least_change_by_hand():
    """Half of all are in bin 0 and a quarter shall be: half of them, and so
    half of all others, have to be drawn anew."""
    before, target = np.array([0.5, 0.5, 0]), np.array([0.25, 0.25, 0.5])
    prob, drawn = least_change(before, target, slack=0)
    assert prob == pytest.approx(0.5)
    np.testing.assert_allclose(drawn, (0, 0, 1))


@pytest.mark.parametrize('seed', range(5))
def test_the_mixture_is_the_target(seed):
    rng = np.random.default_rng(seed)
    before, target = rng.dirichlet(np.ones(9), 2)
    prob, drawn = least_change(before, target, slack=0)
    mixed = (1 - prob) * before + prob * drawn
    assert total_variation(mixed, target) < 2e-3
    some, more = least_change(before, target, slack=0.05)
    assert some < prob
    mixed = (1 - some) * before + some * more
    assert total_variation(mixed, target) <= 0.05 + 1e-9
    # One step less, and more than the slack is beyond the target.
    kept = (1 - some + 0.001) * before
    assert np.maximum(kept - target, 0).sum() > 0.05


def test_nothing_to_change_is_no_change():
    shares = np.array([0.25, 0.75])
    prob, drawn = least_change(shares, shares)
    assert prob == 0
    np.testing.assert_array_equal(drawn, shares)


def test_total_variation_is_what_has_to_move():
    one, other = np.array([0.5, 0.5, 0]), np.array([0.25, 0.25, 0.5])
    assert total_variation(one, other) == 0.5
    assert total_variation(one, one) == 0
