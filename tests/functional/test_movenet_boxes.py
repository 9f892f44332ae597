"""Where and what the box branches learn."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.movenet_boxes import (
    box_targets,
    center_weights,
    person_boxes,
)
from mmpose_lightkpt.functional.movenet_targets import (
    ARTICLE,
    OFFICIAL,
    movenet_targets,
)

GRID = (29, 19)  # w, h
K = 3


def people(num=2, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.uniform((3, 3), (25, 15), (num, K, 2))
    middle = points.mean(1)
    return points, np.ones((num, K), bool), np.c_[middle - 6, middle + 5]


def test_a_box_holds_its_joints_and_a_cell_round_them():
    points = np.array([[[5.0, 4.0], [9.0, 12.0], [7.0, 8.0]]])
    visible = np.array([[True, True, False]])
    got = person_boxes(points, visible, None, GRID)
    assert got.tolist() == [[4, 3, 10, 13]]
    wide = person_boxes(points, visible, np.array([[6.0, 1, 20, 9]]), GRID)
    assert wide.tolist() == [[4, 1, 20, 13]]


def test_a_box_ends_at_the_frame():
    points, visible, _ = people(1)
    boxes = np.array([[-9.0, -1, 99, 99]])
    got = person_boxes(points, visible, boxes, GRID)
    assert got.tolist() == [[0, 0, *GRID]]


@pytest.mark.parametrize('rules', [OFFICIAL, ARTICLE])
@pytest.mark.parametrize('given', [True, False])
@pytest.mark.parametrize('seed', range(3))
def test_they_are_learnt_where_the_regression_is(rules, given, seed):
    """Also where people overlap: both are of one person in every cell."""
    points, visible, boxes = people(3, seed)
    boxes = boxes if given else None
    drawn = movenet_targets(points, visible, boxes, GRID, rules)
    got = box_targets(points, visible, boxes, GRID, rules)
    where = got['box_weights'][0] > 0
    np.testing.assert_array_equal(where, drawn['regression_weights'].any(0))
    whole = person_boxes(points, visible, boxes, GRID)
    for y, x in np.argwhere(where):
        joint = drawn['regression'][:2, y, x] + [x, y]
        owner = np.abs(points[:, 0] - joint).sum(1).argmin()
        middle = got['box_offsets'][:, y, x] + [x, y]
        half = got['box_sizes'][:, y, x] / 2
        np.testing.assert_allclose(
            np.r_[middle - half, middle + half], whole[owner], atol=1e-4
        )


def test_each_person_weighs_one_however_many_cells_are_its_own():
    points, visible, boxes = people(2)
    points[1] = points[0] + [2, 1]  # most cells are the first one's
    got = box_targets(points, visible, None, GRID)
    weights = got['box_weights'][0]
    assert weights.dtype == np.float32
    assert len(np.unique(weights[weights > 0])) == 2
    assert weights.sum() == pytest.approx(2)


def test_whose_centre_is_outside_has_no_box():
    points, visible, boxes = people(1)
    boxes = boxes + [40, 0, 40, 0]
    got = box_targets(points, visible, boxes, GRID, ARTICLE)
    assert not got['box_weights'].any()


def test_nobody_gives_nothing():
    points, visible, boxes = people(0)
    for given in (points, points[:0]):
        got = box_targets(given, visible[: len(given)], None, GRID)
        assert got['box_offsets'].shape == got['box_sizes'].shape
        assert got['box_offsets'].shape == (2, *GRID[::-1])
        assert not got['box_weights'].any()
    points, visible, boxes = people(2)
    assert not box_targets(points, ~visible, boxes, GRID)['box_weights'].any()


def test_the_centre_is_not_known_in_the_box_of_the_unlabelled():
    points, visible, _ = people(2)
    visible[1] = False
    boxes = np.array([[3.2, 4.1, 9.0, 9.0], [10.4, 2.3, 20.2, 7.5]])
    center = np.zeros((1, *GRID[::-1]), np.float32)
    center[0, 5, 12] = 0.5
    got = center_weights(center, visible, boxes)[0]
    unknown = np.argwhere(~got)
    assert unknown.min(0).tolist() == [2, 10]
    assert unknown.max(0).tolist() == [7, 20]
    assert got[5, 12] and (~got).sum() == 6 * 11 - 1
    assert center_weights(center, visible, None).all()
