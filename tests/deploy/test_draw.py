import numpy as np
import pytest

from mmpose_lightkpt.deploy.draw import (
    LEFT,
    MIDDLE,
    RIGHT,
    contact_sheet,
    draw_skeleton,
)

pytest.importorskip('cv2')
NAMES = ('nose', 'left_hand', 'right_hand')
LINKS = ((0, 1), (0, 2), (1, 2))
POINTS = np.array([[50, 10], [20, 70], [80, 70]], np.float64)


def black():
    return np.zeros((97, 101, 3), np.uint8)


def draw(points=POINTS, scores=(1, 1, 1), image=None, **kwargs):
    return draw_skeleton(
        black() if image is None else image,
        points,
        np.array(scores, np.float64),
        LINKS,
        NAMES,
        **kwargs,
    )


def is_near(pixel, color):
    # Lines are anti-aliased: their colour is mixed with the black around.
    return np.abs(pixel.astype(int) - color).max() < 60


def test_each_side_has_its_colour():
    canvas = draw()
    for (x, y), color in zip(POINTS.astype(int), (MIDDLE, LEFT, RIGHT)):
        assert is_near(canvas[y, x], color)
    assert is_near(canvas[40, 35], LEFT)
    assert is_near(canvas[40, 65], RIGHT)
    assert is_near(canvas[70, 50], MIDDLE)


def test_the_given_image_is_left_as_it_is():
    image = black()
    draw(image=image)
    assert not image.any()


def test_a_joint_below_the_threshold_takes_its_limbs_along():
    canvas = draw(scores=(1, 0.19, 1), score_threshold=0.2)
    assert not canvas[50:, :45].any()
    assert is_near(canvas[40, 65], RIGHT)


def test_a_joint_that_is_not_drawn_does_not_thicken_the_lines():
    image = np.zeros((991, 997, 3), np.uint8)
    far = np.array([[50, 10], [990, 990], [80, 70]])
    near = np.array([[50, 10], [20, 70], [80, 70]])
    same = [draw(points, (1, 0, 1), image) for points in (far, near)]
    np.testing.assert_array_equal(*same)


def test_a_score_at_the_threshold_is_drawn():
    assert draw(scores=(0.2, 0, 0), score_threshold=0.2).any()


@pytest.mark.parametrize('wild', [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_points_far_off_or_undefined_harm_nothing(wild):
    points = POINTS.copy()
    points[1, 0] = wild
    canvas = draw(points)
    assert is_near(canvas[40, 65], RIGHT)


def test_a_view_with_strides_can_be_drawn_on():
    assert draw(image=black()[::-1, ::-1]).any()


@pytest.mark.parametrize(
    'points, scores',
    [(POINTS[:2], (1, 1, 1)), (POINTS, (1, 1)), (POINTS[None], (1, 1, 1))],
)
def test_shapes_that_do_not_fit_are_named(points, scores):
    with pytest.raises(ValueError, match='3 joints'):
        draw(points, scores)


def test_every_image_is_whole_somewhere_on_the_sheet():
    images = [
        np.full((h, w, 3), value, np.uint8)
        for h, w, value in ((5, 7, 10), (11, 3, 20), (2, 13, 30))
    ]
    sheet = contact_sheet(images, columns=2)
    for image in images:
        found = np.argwhere((sheet == image[0, 0]).all(-1))
        size = found.max(0) - found.min(0) + 1
        assert tuple(size) == image.shape[:2]
        assert len(found) == image.shape[0] * image.shape[1]


def test_the_sheet_has_as_many_rows_as_needed():
    images = [np.zeros((5, 7, 3), np.uint8)] * 5
    assert contact_sheet(images, 2, gap=1).shape == (1 + 3 * 6, 1 + 2 * 8, 3)
    assert contact_sheet(images, 9, gap=1).shape == (1 + 6, 1 + 5 * 8, 3)


def test_a_title_stays_within_its_cell():
    images = [np.full((30, 40, 3), 255, np.uint8)] * 2
    sheet = contact_sheet(images, 2, ['a title much too long', ''])
    assert (sheet < 128).any()
    assert (sheet[:, 46:] == 255).all()


def test_a_sheet_of_nothing_or_with_missing_titles_is_refused():
    image = np.zeros((5, 7, 3), np.uint8)
    with pytest.raises(ValueError, match='at least one image'):
        contact_sheet([], 2)
    with pytest.raises(ValueError, match='titles'):
        contact_sheet([image], 2, ['a', 'b'])
