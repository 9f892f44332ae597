"""Maps with a given mean, against what defines them."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.integral import expectation
from mmpose_lightkpt.functional.integral_targets import (
    EDGE_CELLS,
    exact_gaussian,
    exact_maps,
    rounded_maps,
)


def sampled(mu, size, sigma):
    """The plain Gaussian at mu, of sum 1."""
    values = np.exp(-((np.arange(size) - mu) ** 2) / (2 * sigma**2))
    return values / values.sum()


@pytest.mark.parametrize('sigma', [0.1, 0.3, 0.5, 1, 2, 5])
@pytest.mark.parametrize('size', [2, 6, 8, 64])
def test_the_mean_is_the_point(size, sigma):
    mu = np.linspace(EDGE_CELLS, size - 1 - EDGE_CELLS, 211)
    weights = exact_gaussian(mu, size, sigma)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose(weights @ np.arange(size), mu, atol=1e-9)


def test_a_plain_gaussian_has_another_mean_near_the_border():
    """Of sigma 1 at 0.2 cells: at 0.615, 13 px away at a stride of 32."""
    plain = sampled(0.2, 8, 1) @ np.arange(8)
    np.testing.assert_allclose(plain, 0.615, atol=5e-4)
    exact = exact_gaussian(np.array([0.2]), 8, 1) @ np.arange(8)
    np.testing.assert_allclose(exact, 0.2, atol=1e-9)


def test_far_from_the_border_it_is_the_plain_gaussian():
    for mu in (20.0, 23.7, 31.5):
        np.testing.assert_allclose(
            exact_gaussian(np.array([mu]), 64, 2.0)[0],
            sampled(mu, 64, 2.0),
            atol=1e-12,
        )


def test_it_is_the_gaussian_times_an_exponential():
    """So it is the closest to the Gaussian of all maps with this mean."""
    mu, sigma, cells = np.array([0.3, 2.9, 6.4]), 1.3, np.arange(8)
    tilt = np.log(exact_gaussian(mu, 8, sigma))
    tilt += (cells - mu[:, None]) ** 2 / (2 * sigma**2)
    np.testing.assert_allclose(np.diff(tilt, 2, axis=1), 0, atol=1e-9)


def test_points_beyond_the_centers_get_the_nearest_mean_there_is():
    weights = exact_gaussian(np.array([-0.5, -3, 7.5, 99]), 8, 1.0)
    edge = [EDGE_CELLS, EDGE_CELLS, 7 - EDGE_CELLS, 7 - EDGE_CELLS]
    np.testing.assert_allclose(weights @ np.arange(8), edge, atol=1e-9)
    assert (weights.max(1) > 0.998).all()


def test_it_flips_and_shifts_with_its_point():
    mu = np.array([0.2, 2.2, 4.9])
    np.testing.assert_allclose(
        exact_gaussian(7 - mu, 8, 1.0)[:, ::-1],
        exact_gaussian(mu, 8, 1.0),
        atol=1e-8,
    )


def test_no_point_gives_no_map():
    assert exact_gaussian(np.zeros(0), 8, 1.0).shape == (0, 8)
    assert exact_maps(np.zeros((0, 2)), (6, 8), (1, 1)).shape == (0, 8, 6)


def test_maps_are_products_of_x_and_y():
    points = np.array([[0.7, 6.2], [4.9, 0.1]])
    maps = exact_maps(points, (6, 8), (0.8, 1.5))
    assert maps.shape == (2, 8, 6) and maps.dtype == np.float32
    np.testing.assert_allclose(maps.sum((1, 2)), 1, rtol=1e-6)
    np.testing.assert_allclose(
        maps.sum(1), exact_gaussian(points[:, 0], 6, 0.8), atol=1e-6
    )
    found = expectation(maps.astype(np.float64)) * (6, 8) - 0.5
    np.testing.assert_allclose(found, points, atol=1e-6)


def test_rounded_maps_lie_at_the_nearest_cell():
    points = np.array([[2.49, 4.51], [3.5, 2.0]])
    maps = rounded_maps(points, (7, 9), (2 / 3, 2 / 3))
    found = expectation(maps.astype(np.float64)) * (7, 9) - 0.5
    np.testing.assert_allclose(found, [[2, 5], [4, 2]], atol=1e-6)
    assert np.count_nonzero(maps[0]) == 25  # 3 sigma are 2 cells each way
