"""Kernels on the cells of a grid."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.heatmap import (
    disc,
    exponential_disc,
    gaussian_disc,
    gaussian_radius,
)


def iou(a, b):
    """Of two boxes x1, y1, x2, y2."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    common = np.prod(np.maximum(high - low, 0))
    areas = [np.prod(box[2:] - box[:2]) for box in (a, b)]
    return common / (sum(areas) - common)


def moved(width, height, r):
    """The box shifted, shrunk and grown: each corner goes r along x and y."""
    box = np.array([0, 0, width, height], float)
    steps = ([1, 1, 1, 1], [1, 1, -1, -1], [-1, -1, 1, 1])
    return box, [box + r * np.array(step) for step in steps]


@pytest.mark.parametrize('overlap', [0.7, 0.3])
@pytest.mark.parametrize(
    'width, height', [(31, 17), (5, 41), (1, 1), (3, 89), (0.25, 7)]
)
def test_corners_that_move_by_the_radius_leave_the_stated_overlap(
    width, height, overlap
):
    """Built, not solved: the worst of the three boxes has just that IoU."""
    box, others = moved(width, height, gaussian_radius(height, width, overlap))
    found = [iou(box, other) for other in others]
    assert min(found) == pytest.approx(overlap, abs=1e-9)


def test_radius_is_taken_box_by_box():
    height, width = np.array([3.0, 11.0, 29.0]), np.array([13.0, 5.0, 2.0])
    together = gaussian_radius(height, width)
    alone = [gaussian_radius(h, w) for h, w in zip(height, width)]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize('radius', [0, 1, 3, 7])
def test_disc_holds_the_cells_within_the_radius_once_each(radius):
    dx, dy = disc(radius)
    want = {
        (x, y)
        for x in range(-9, 10)
        for y in range(-9, 10)
        if (x * x + y * y) ** 0.5 <= radius
    }
    assert len(dx) == len(want)
    assert set(zip(dx.tolist(), dy.tolist())) == want


def test_gaussian_disc_is_the_gaussian_of_each_joint():
    sigma = np.array([0.5, 1.0, 2.75])
    dx, dy = disc(5)
    got = gaussian_disc(sigma, 5)
    assert got.dtype == np.float32
    for k, s in enumerate(sigma):
        for m in range(len(dx)):
            d = (dx[m] ** 2 + dy[m] ** 2) ** 0.5
            assert got[k, m] == pytest.approx(
                np.exp(-0.5 * (d / s) ** 2), rel=1e-5
            )


@pytest.mark.parametrize('radius', [1, 4, 5, 6])
def test_exponential_disc_falls_to_a_twentieth_at_its_edge(radius):
    """exp(-3 d / R): 1 in the middle, e^-3 = 0.0498 at d = R."""
    dx, dy = disc(radius)
    value = dict(zip(zip(dx.tolist(), dy.tolist()), exponential_disc(radius)))
    assert value[0, 0] == 1
    for edge in ((radius, 0), (-radius, 0), (0, radius), (0, -radius)):
        assert value[edge] == pytest.approx(0.0497871, rel=1e-5)
    assert value[1, 0] == pytest.approx(np.exp(-3 / radius), rel=1e-6)


def test_exponential_disc_is_the_same_on_all_sides():
    """The article's own loops leave out the last row and column."""
    dx, dy = disc(5)
    value = dict(zip(zip(dx.tolist(), dy.tolist()), exponential_disc(5)))
    for (x, y), v in value.items():
        assert v == value[-x, y] == value[x, -y] == value[y, x]


def test_exponential_disc_of_radius_zero_is_one_cell():
    np.testing.assert_array_equal(exponential_disc(0), [1])
