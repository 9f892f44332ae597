"""Visibility flags, against ray casting and by hand-made pictures."""

from dataclasses import replace

import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people.appearance import sample_appearance
from mmpose_lightkpt.datasets.toy_people.body import Proportions, pose_body
from mmpose_lightkpt.datasets.toy_people.clothes import dress
from mmpose_lightkpt.datasets.toy_people.figure import sample_figure
from mmpose_lightkpt.datasets.toy_people.head import (
    face_keypoints,
    make_head,
)
from mmpose_lightkpt.datasets.toy_people.keypoints import (
    KEYPOINTS,
    PARTS,
    own_parts,
)
from mmpose_lightkpt.datasets.toy_people.mesh import ball, join
from mmpose_lightkpt.datasets.toy_people.raster import (
    CAMERA,
    Canvas,
    Placement,
    project,
)
from mmpose_lightkpt.datasets.toy_people.rotations import yaw
from mmpose_lightkpt.datasets.toy_people.visibility import REACH, visibility

LIGHT = np.array([0.0, 0.0, 1.0])
PLACE = Placement(np.array([128.0, 120.0]), 190.0)


@pytest.fixture
def body(pose_of):
    """A function that poses and turns a bald person: (mesh, keypoints)."""

    def make(turn, **angles):
        open_pose = dict(
            arm_abduct=np.full(2, 50.0), leg_abduct=np.full(2, 12.0)
        )
        look = replace(
            sample_appearance(np.random.default_rng(0)),
            hair_style='bald',
            skirt=0.0,
        )
        pose = pose_of(**{**open_pose, **angles})
        skeleton = pose_body(Proportions(), pose)
        mesh = join(make_head(skeleton, look) + dress(skeleton, look, False))
        joints = {**skeleton.joints, **face_keypoints(skeleton)}
        points = np.array([joints[name] for name in KEYPOINTS])
        rotation = yaw(turn).T
        turned = replace(
            mesh,
            corners=mesh.corners @ rotation,
            inside=mesh.inside @ rotation,
        )
        return turned, points @ rotation

    return make


def flags_of(mesh, points, place=PLACE, extra=None):
    canvas = Canvas(256, 256)
    canvas.draw_person(mesh, place, 0, LIGHT)
    if extra is not None:
        canvas.draw_mesh(extra, place, 16, LIGHT)
    flags = visibility(canvas, project(points, place), points[:, 2], 0)
    return dict(zip(KEYPOINTS, flags))


def test_all_joints_of_an_open_pose_are_seen_from_the_front(body):
    assert set(flags_of(*body(0)).values()) == {2}


def test_the_face_is_hidden_from_the_back_and_the_body_is_not(body):
    flags = flags_of(*body(180))
    hidden = {name for name, flag in flags.items() if flag == 1}
    assert hidden == {'nose', 'left_eye', 'right_eye'}


@pytest.mark.parametrize(('turn', 'far'), [(90, 'left'), (-90, 'right')])
def test_the_far_side_is_hidden_in_profile(body, turn, far):
    # Turned to the image's right (90), the person's left is far away.
    mesh, points = body(
        turn, arm_abduct=np.full(2, 5.0), arm_flex=np.full(2, 50.0)
    )
    near = {'left': 'right', 'right': 'left'}[far]
    flags = flags_of(mesh, points)
    for name in ('eye', 'ear', 'shoulder', 'elbow', 'hip'):
        assert flags[f'{far}_{name}'] == 1, name
        assert flags[f'{near}_{name}'] == 2, name


def test_an_arm_across_the_chest_hides_the_other_shoulder(body):
    mesh, points = body(
        0,
        arm_flex=np.array([0.0, 80.0]),
        arm_abduct=np.array([30.0, 0.0]),
        arm_twist=np.array([0.0, -60.0]),
        elbow=np.array([0.0, 100.0]),
    )
    place = project(points, PLACE)
    wrist, hip = KEYPOINTS.index('right_wrist'), KEYPOINTS.index('left_hip')
    flags = flags_of(mesh, points)
    assert flags['right_wrist'] == 2
    assert flags['left_hip'] == 2
    points = points.copy()
    points[hip, :2] = points[wrist, :2]
    assert np.allclose(project(points, PLACE)[wrist], place[wrist])
    assert flags_of(mesh, points)['left_hip'] == 1


@pytest.mark.parametrize('name', ['left_wrist', 'right_knee', 'left_hip'])
def test_a_thing_in_front_hides_the_joint_behind_it_alone(body, name):
    mesh, points = body(0)
    joint = points[KEYPOINTS.index(name)]
    eye = np.array([0, 0, CAMERA])
    thing = ball(
        eye + 0.9 * (joint - eye), np.eye(3) * 0.04, np.zeros(3), PARTS['prop']
    )
    flags = flags_of(mesh, points, extra=thing)
    assert [key for key, flag in flags.items() if flag == 1] == [name]


def test_a_person_in_front_hides_what_its_silhouette_covers(body):
    back, points = body(0)
    front, _ = body(0)
    aside = Placement(PLACE.center + [35, 5], 200.0)
    canvas = Canvas(256, 256)
    canvas.draw_person(back, PLACE, 0, LIGHT)
    silhouette = canvas.draw_person(front, aside, 1, LIGHT)
    pixels = project(points, PLACE)
    flags = visibility(canvas, pixels, points[:, 2], 0)
    columns, rows = np.round(pixels).astype(int).T
    covered = silhouette[rows, columns]
    assert 3 < covered.sum() < 14
    np.testing.assert_array_equal(flags == 1, covered)


def test_joints_outside_the_frame_are_not_labelled(body):
    mesh, points = body(0)
    place = Placement(np.array([128.0, 250.0]), 190.0)
    flags = flags_of(mesh, points, place)
    rows = project(points, place)[:, 1]
    for name, row in zip(KEYPOINTS, rows):
        assert (flags[name] == 0) == (row >= 255.5), name


def _hidden_by_rays(mesh, points):
    """Whether a triangle lies between the eye and each joint (17,).

    Moeller and Trumbore's intersection of rays and triangles, without
    painter's order or pixels.
    """
    eye = np.array([0, 0, CAMERA])
    quads = mesh.corners
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    parts = np.concatenate([mesh.parts, mesh.parts])
    first = triangles[:, 1] - triangles[:, 0]
    second = triangles[:, 2] - triangles[:, 0]
    offset = eye - triangles[:, 0]
    hidden = []
    for name, point in zip(KEYPOINTS, points):
        ray = point - eye
        across = np.cross(ray, second)
        volume = (first * across).sum(1)
        volume = np.where(np.abs(volume) < 1e-12, 1e-12, volume)
        u = (offset * across).sum(1) / volume
        turned = np.cross(offset, first)
        v = (turned @ ray) / volume
        t = (second * turned).sum(1) / volume
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < 1)
        own = np.isin(parts, own_parts(name))
        rise = (1 - t) * -ray[2]
        reach = REACH[name.split('_')[-1]]
        hidden.append(np.any(hit & (~own | (rise > reach))))
    return np.array(hidden)


def test_flags_agree_with_ray_casting():
    rng = np.random.default_rng(5)
    agree, hidden = [], []
    for _ in range(40):
        figure = sample_figure(rng)
        rays = _hidden_by_rays(figure.mesh, figure.keypoints)
        flags = flags_of(figure.mesh, figure.keypoints)
        flags = np.array(list(flags.values()))
        inside = flags > 0
        agree.append(((flags == 1) == rays)[inside])
        hidden.append((flags == 1)[inside])
    assert 0.1 < np.concatenate(hidden).mean() < 0.5
    assert np.concatenate(agree).mean() > 0.96
