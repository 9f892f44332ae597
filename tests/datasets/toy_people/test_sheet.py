"""The sheet of samples for the docs."""

import numpy as np

from mmpose_lightkpt.datasets.toy_people.sheet import (
    COLORS,
    draw_skeleton,
    make_sheet,
)


def test_each_second_row_repeats_the_row_above_with_keypoints():
    sheet = make_sheet(columns=2, rows=4, side=96, seed=1)
    assert sheet.shape == (4 * 96, 2 * 96, 3)
    for top in (0, 192):
        plain, marked = sheet[top : top + 96], sheet[top + 96 : top + 192]
        changed = np.any(plain != marked, axis=-1)
        assert 0.005 < changed.mean() < 0.3


def test_sides_have_their_colours_and_unlabelled_joints_are_left_out():
    image = np.zeros((64, 64, 3), np.uint8)
    keypoints = np.zeros((17, 3))
    keypoints[9], keypoints[10] = (10, 20, 2), (40, 30, 2)
    draw_skeleton(image, keypoints)
    assert tuple(image[20, 10]) == COLORS['left']
    assert tuple(image[30, 40]) == COLORS['right']
    assert not image[0:8, 0:8].any()
