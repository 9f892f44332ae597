import numpy as np
import pytest

from mmpose_lightkpt.functional.movenet_peaks import center_peaks, pooled


@pytest.mark.parametrize('shape', [(7, 11), (1, 5), (3, 2)])
@pytest.mark.parametrize('reach', [0, 1, 2])
def test_pooling_takes_the_largest_of_each_window(shape, reach):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    got = pooled(values, reach)
    assert got.shape == shape and got.dtype == np.float32
    for y in range(shape[0]):
        for x in range(shape[1]):
            window = values[
                max(y - reach, 0) : y + reach + 1,
                max(x - reach, 0) : x + reach + 1,
            ]
            assert got[y, x] == window.max()


def peaks(cells, max_people=6, min_center=0.1, shape=(13, 17)):
    """Cells (y, x) found among the given {(y, x): value}."""
    center = np.zeros(shape, np.float32)
    for cell, value in cells.items():
        center[cell] = value
    found = center_peaks(center, max_people, min_center)
    return [divmod(int(flat), shape[1]) for flat in found]


@pytest.mark.parametrize('step', [(0, 1), (1, 0), (1, 1), (2, 2), (2, -1)])
def test_equal_values_in_a_window_are_one_person(step):
    other = (5 + step[0], 7 + step[1])
    assert peaks({(5, 7): 0.5, other: 0.5}) == [(5, 7)]


@pytest.mark.parametrize('step', [(0, 3), (3, 0), (3, -3)])
def test_equal_values_beyond_it_are_two(step):
    other = (5 + step[0], 7 + step[1])
    assert peaks({(5, 7): 0.5, other: 0.5}) == [(5, 7), other]


def test_a_lower_value_in_the_window_is_nobody():
    assert peaks({(5, 7): 0.5, (6, 9): 0.75}) == [(6, 9)]


def test_the_highest_are_first_and_the_rest_left_out():
    cells = {(0, 0): 0.3, (0, 16): 0.9, (12, 0): 0.5, (12, 16): 0.05}
    assert peaks(cells) == [(0, 16), (12, 0), (0, 0)]
    assert peaks(cells, max_people=2) == [(0, 16), (12, 0)]
    assert peaks(cells, min_center=0.5) == [(0, 16), (12, 0)]


def test_a_flat_map_gives_people_a_window_apart():
    flat = np.full((7, 7), 0.5, np.float32)
    found = center_peaks(flat, 99, 0.1)
    assert found.tolist() == [7 * y + x for y in (0, 3, 6) for x in (0, 3, 6)]
