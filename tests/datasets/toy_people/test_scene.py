"""Pictures: bodies, joints and colours in what is drawn."""

import cv2
import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people import draw_scene
from mmpose_lightkpt.datasets.toy_people.figure import sample_figure
from mmpose_lightkpt.datasets.toy_people.generate import scene_rng
from mmpose_lightkpt.datasets.toy_people.keypoints import FLIP, KEYPOINTS


@pytest.fixture(scope='module')
def scenes():
    """(image, people) of 200 pictures."""
    return [draw_scene(scene_rng(3, 'train', i), 192, 160) for i in range(200)]


def test_visible_joints_lie_on_the_drawn_body(scenes):
    outside = total = 0
    for _, people in scenes:
        for person in people:
            body = cv2.dilate(
                person.silhouette.astype(np.uint8), np.ones((3, 3))
            )
            seen = person.keypoints[person.keypoints[:, 2] == 2, :2]
            columns, rows = np.floor(seen + 0.5).astype(int).T
            outside += (body[rows, columns] == 0).sum()
            total += len(seen)
    assert total > 1200
    assert outside == 0


def test_pictures_have_the_size_asked_for_and_are_not_flat(scenes):
    for image, people in scenes:
        assert image.shape == (160, 192, 3)
        assert image.dtype == np.uint8
        assert image.std() > 5
        assert 1 <= len(people) <= 3


def test_people_stand_out_from_what_is_behind_them(scenes):
    contrast = []
    for image, people in scenes:
        body = np.any([person.silhouette for person in people], axis=0)
        wide = cv2.dilate(body.astype(np.uint8), np.ones((9, 9))) > 0
        around = cv2.dilate(wide.astype(np.uint8), np.ones((9, 9))) > wide
        colors = image[body].mean(0), image[around].mean(0)
        contrast.append(np.abs(colors[0] - colors[1]).max())
    assert np.median(contrast) > 40


def test_left_is_on_the_right_of_the_picture_in_front_views():
    rng = np.random.default_rng(4)
    left = KEYPOINTS.index('left_shoulder'), KEYPOINTS.index('left_hip')
    right = tuple(FLIP[index] for index in left)
    sides = {'front': [], 'back': []}
    for _ in range(100):
        figure = sample_figure(rng)
        if figure.view in sides:
            offset = figure.keypoints[left, 0] - figure.keypoints[right, 0]
            sides[figure.view].append(offset.mean())
    assert np.mean(np.array(sides['front']) > 0) > 0.95
    assert np.mean(np.array(sides['back']) < 0) > 0.95


def test_left_and_right_joints_have_the_same_mean_colour(scenes):
    differences = {name: [] for name in KEYPOINTS if 'left' in name}
    for image, people in scenes:
        smooth = cv2.blur(image, (3, 3)).astype(float)
        for person in people:
            points = person.keypoints
            columns, rows = np.floor(points[:, :2] + 0.5).astype(int).T
            for index, name in enumerate(KEYPOINTS):
                other = FLIP[index]
                if name in differences and (
                    points[index, 2] == points[other, 2] == 2
                ):
                    differences[name].append(
                        smooth[rows[index], columns[index]]
                        - smooth[rows[other], columns[other]]
                    )
    for name, values in differences.items():
        values = np.array(values)
        error = values.std(0) / np.sqrt(len(values))
        assert len(values) > 12, name
        assert np.all(np.abs(values.mean(0)) < 4 * error), name


def test_a_mirrored_world_looks_the_same_on_average():
    # Lamps, yaw and poses favour no side: mean image positions of left
    # joints are the mirrored ones of right joints.
    rng = np.random.default_rng(5)
    points = np.array([sample_figure(rng).keypoints for _ in range(250)])
    mirrored = points[:, list(FLIP)] * [-1, 1, 1]
    difference = points - mirrored
    error = difference.std(0) / np.sqrt(len(points)) + 1e-9
    assert np.all(np.abs(difference.mean(0)) < 4.5 * error)
