import pytest

from mmpose_lightkpt.deploy.report.scatter import (
    accuracy_axis,
    finest,
    level,
    time_axis,
)


@pytest.mark.parametrize(
    'times', [[5.0], [0.001, 0.0011], [3.0, 3.5, 900.0], [1e-6, 1e6]]
)
def test_every_time_has_its_place_and_some_ticks_show(times):
    axis = time_axis(times)
    places = [axis.place(time) for time in times]
    assert all(0 < place < 100 for place in places)
    assert places == sorted(places)
    assert axis.high / axis.low >= 2
    shown = [t for t in axis.ticks if level(t) <= finest(axis.decades)]
    assert 2 <= len(shown) <= 13
    assert all(0 <= axis.place(tick) <= 100 for tick in shown)


def test_equal_factors_are_equally_long():
    axis = time_axis([2.0, 50.0])
    first, second, third = (axis.place(t) for t in (3.0, 9.0, 27.0))
    assert second - first == pytest.approx(third - second)


def test_ten_outlasts_twenty_and_twenty_outlasts_thirty():
    assert [level(t) for t in (0.1, 10, 1000)] == [0, 0, 0]
    assert [level(t) for t in (0.02, 5, 2000)] == [1, 1, 1]
    assert [level(t) for t in (0.3, 15, 2.5)] == [2, 2, 2]


@pytest.mark.parametrize(
    'values', [[0.5], [0.0], [0.0, 0.0], [0.31, 0.53], [0.05, 0.9], [-3.0, 7]]
)
def test_every_accuracy_has_its_place_and_some_ticks(values):
    axis = accuracy_axis(values)
    assert all(0 < axis.place(value) < 100 for value in values)
    assert 2 <= len(axis.ticks) <= 9
