"""Drawing: geometry, painter's order, shading and anti-aliasing."""

import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people.mesh import ball, box, join, mark
from mmpose_lightkpt.datasets.toy_people.raster import (
    CAMERA,
    Canvas,
    Placement,
    project,
)

LIGHT = np.array([0.0, 0.0, 1.0])
RED, BLUE = (0.0, 0.0, 255.0), (255.0, 0.0, 0.0)


def draw(*meshes, width=101, height=83, scale=100.0):
    canvas = Canvas(width, height)
    place = Placement(np.array([53.0, 41.0]), scale)
    silhouette = canvas.draw_person(join(meshes), place, 0, LIGHT)
    blank = np.zeros((height, width, 3), np.float32)
    return canvas.paint().over(blank), silhouette


def ball_at(x, y, z, radius, color=RED, part=1):
    return ball(np.array([x, y, z]), np.eye(3) * radius, color, part, 24, 48)


def test_a_ball_covers_the_area_of_its_disc():
    _, silhouette = draw(ball_at(0, 0, 0, 0.29))
    # Seen from 4 away, the rim of a ball lies at r / sqrt(1 - (r / 4)^2).
    radius = 29 / np.sqrt(1 - (0.29 / CAMERA) ** 2)
    drawn = np.sqrt(silhouette.sum() / np.pi)
    assert drawn == pytest.approx(radius, abs=0.5)
    rows, columns = np.nonzero(silhouette)
    assert columns.mean() == pytest.approx(53, abs=0.1)
    assert rows.mean() == pytest.approx(41, abs=0.1)


def test_up_is_up_and_nearer_is_larger():
    place = Placement(np.array([10.0, 20.0]), 7.0)
    np.testing.assert_allclose(project(np.zeros(3), place), [10, 20])
    np.testing.assert_allclose(
        project(np.array([1.0, 2.0, 0.0]), place), [17, 6]
    )
    np.testing.assert_allclose(
        project(np.array([1.0, 0.0, 2.0]), place), [24, 20]
    )


def test_the_nearer_surface_is_on_top_whatever_the_order():
    near, far = ball_at(0.05, 0, 0.4, 0.15), ball_at(0, 0, -0.4, 0.2, BLUE)
    for meshes in ((near, far), (far, near)):
        image, _ = draw(*meshes)
        assert image[41, 56, 2] > 100 > image[41, 56, 0]
        assert image[41, 37, 0] > 100 > image[41, 37, 2]


def test_a_mark_shows_on_the_side_it_lies_on_only():
    left, up = np.array([0.05, 0, 0]), np.array([0, 0.05, 0])
    body = ball_at(0, 0, 0, 0.2, BLUE)
    for z, shown in ((0.201, True), (-0.201, False)):
        spot = mark(np.array([0, 0, z]), left, up, np.zeros(3), RED, 1)
        image, _ = draw(body, spot)
        assert (image[41, 53, 2] > 100) == shown


def test_edges_are_blended_and_the_background_stays_elsewhere():
    canvas = Canvas(101, 83)
    place = Placement(np.array([53.0, 41.0]), 100.0)
    canvas.draw_person(ball_at(0, 0, 0, 0.2), place, 0, LIGHT)
    background = np.full((83, 101, 3), 80, np.float32)
    image = canvas.paint().over(background)
    assert np.all(image[:15] == 80)
    assert np.all(image[:, :30] == 80)
    blue = image[41, :53, 0]
    assert np.any((blue > 10) & (blue < 70))
    assert np.all(background == 80)


def test_normals_point_outward():
    half = np.diag([0.1, 0.2, 0.3])
    for mesh in (box(np.ones(3), half, RED, 1), ball_at(1, 1, 1, 0.3)):
        outward = ((mesh.middles() - 1) * mesh.normals()).sum(1)
        assert np.all(outward > 0)
        lengths = np.linalg.norm(mesh.normals(), axis=1)
        np.testing.assert_allclose(lengths, 1)


def test_a_figure_half_outside_the_frame_is_cut_off():
    canvas = Canvas(101, 83)
    place = Placement(np.array([0.0, 41.0]), 100.0)
    silhouette = canvas.draw_person(ball_at(0, 0, 0, 0.2), place, 0, LIGHT)
    assert silhouette[:, 22:].sum() == 0
    assert silhouette[41, :20].all()
    columns = silhouette.any(0).sum()
    assert silhouette.any(1).sum() == pytest.approx(2 * columns, abs=2)
