import numpy as np
import pytest

from mmpose_lightkpt.deploy.overlay import draw_poses, write_line
from mmpose_lightkpt.deploy.pose import Pose

pytest.importorskip('cv2')


def pose(x, y, number=None, score=0.9):
    points, scores = np.array([(x, y)], float), np.array([score])
    return Pose(points, scores, number)


def black():
    return np.zeros((200, 300, 3), np.uint8)


@pytest.fixture
def spec(tiny_spec):
    return tiny_spec()


def test_nobody_and_no_crop_leave_a_copy(spec):
    frame = black()
    canvas = draw_poses(frame, [], None, spec)
    assert not canvas.any() and canvas is not frame


def test_a_number_is_above_the_head_of_who_has_one(spec):
    poses = [pose(60, 100), pose(200, 100, 7)]
    canvas = draw_poses(black(), poses, None, spec)
    assert canvas[70:95, 185:215].max() > 200
    assert not canvas[70:95, 45:75].any()
    two = draw_poses(black(), [pose(200, 100, 11)], None, spec)
    assert (two[70:95] != canvas[70:95]).any()


def test_who_is_not_seen_has_no_number(spec):
    canvas = draw_poses(black(), [pose(60, 100, 1, 0.1)], None, spec)
    assert not canvas.any()


def test_a_mirror_moves_a_number_and_does_not_turn_it(spec):
    """At the middle both pictures have it in the same place."""
    plain, mirrored = (
        draw_poses(black(), [pose(149.5, 100, 24)], None, spec, mirror=mirror)
        for mirror in (False, True)
    )
    np.testing.assert_array_equal(plain[70:92], mirrored[70:92])
    moved = draw_poses(black(), [pose(40, 100, 24)], None, spec, mirror=True)
    assert moved[70:92, 240:280].any() and not moved[:, :200].any()


def test_a_crop_that_leaves_the_frame_is_drawn_as_far_as_it_is_in(spec):
    canvas = draw_poses(black(), [], (-50.0, 20.0, 150.0, 220.0), spec)
    assert canvas[20, :149].all() and canvas[21:, 149].all()
    assert not canvas[:20].any() and not canvas[:, 151:].any()


def test_a_line_is_as_wide_as_it_fits_and_an_empty_one_is_none():
    canvas = black()
    write_line(canvas, '')
    assert not canvas.any()
    write_line(canvas, 'm' * 80)
    columns = np.flatnonzero(canvas.any(axis=(0, 2)))
    assert columns.max() < 299 and np.ptp(columns) > 240
