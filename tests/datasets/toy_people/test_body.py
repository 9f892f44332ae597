"""Kinematics: lengths, limits, sides and mirror symmetry of a body."""

import numpy as np
import pytest

from mmpose_lightkpt.datasets.toy_people.body import (
    Proportions,
    pose_body,
    sample_proportions,
)
from mmpose_lightkpt.datasets.toy_people.head import face_keypoints
from mmpose_lightkpt.datasets.toy_people.keypoints import FLIP, KEYPOINTS
from mmpose_lightkpt.datasets.toy_people.poses import (
    LIMITS,
    PAIRED,
    Pose,
    sample_pose,
)

CENTRAL = ('tilt', 'spine_roll', 'spine_twist', 'head_yaw', 'head_roll')


def joints_of(pose: Pose) -> dict:
    skeleton = pose_body(Proportions(), pose)
    return {**skeleton.joints, **face_keypoints(skeleton)}


def test_limbs_keep_their_length_in_any_pose():
    rng = np.random.default_rng(0)
    for _ in range(50):
        size = sample_proportions(rng)
        joints = pose_body(size, sample_pose(rng)).joints
        for side in ('left', 'right'):
            for start, end, length in (
                ('shoulder', 'elbow', size.upper_arm),
                ('elbow', 'wrist', size.forearm),
                ('hip', 'knee', size.thigh),
                ('knee', 'ankle', size.shin),
            ):
                limb = joints[f'{side}_{end}'] - joints[f'{side}_{start}']
                assert np.linalg.norm(limb) == pytest.approx(length)


def test_every_angle_stays_within_its_limits():
    rng = np.random.default_rng(1)
    for _ in range(200):
        pose = sample_pose(rng)
        for name, (low, high) in LIMITS.items():
            assert np.all(pose[name] >= low), name
            assert np.all(pose[name] <= high), name


def test_a_straight_body_stands_with_its_left_to_the_left(pose_of):
    joints = joints_of(pose_of())
    for name in ('eye', 'ear', 'shoulder', 'elbow', 'wrist', 'hip', 'knee'):
        assert joints[f'left_{name}'][0] > 0 > joints[f'right_{name}'][0]
    heights = [
        joints[f'left_{name}'][1]
        for name in ('eye', 'shoulder', 'hip', 'knee', 'ankle')
    ]
    assert heights == sorted(heights, reverse=True)
    assert joints['nose'][2] > joints['left_eye'][2] > joints['left_ear'][2]


def test_elbows_bend_forward_and_knees_backward(pose_of):
    joints = joints_of(pose_of(elbow=np.full(2, 90.0), knee=np.full(2, 90.0)))
    assert joints['left_wrist'][2] > joints['left_elbow'][2] + 0.1
    assert joints['left_ankle'][2] < joints['left_knee'][2] - 0.1


def test_abduction_lifts_both_arms_away_from_the_body(pose_of):
    joints = joints_of(pose_of(arm_abduct=np.full(2, 90.0)))
    for side, sign in (('left', 1), ('right', -1)):
        arm = joints[f'{side}_wrist'] - joints[f'{side}_shoulder']
        np.testing.assert_allclose(arm, [sign * 0.31, 0, 0], atol=1e-9)


def test_a_mirrored_pose_gives_the_mirrored_body():
    rng = np.random.default_rng(2)
    for _ in range(20):
        pose = sample_pose(rng)
        mirrored = {
            name: value[::-1]
            if name in PAIRED
            else -value
            if name in CENTRAL
            else value
            for name, value in pose.angles.items()
        }
        first, second = joints_of(pose), joints_of(Pose('test', mirrored))
        for index, name in enumerate(KEYPOINTS):
            np.testing.assert_allclose(
                second[KEYPOINTS[FLIP[index]]],
                first[name] * [-1, 1, 1],
                atol=1e-9,
            )


def test_left_and_right_are_posed_alike_on_average():
    rng = np.random.default_rng(3)
    poses = [sample_pose(rng) for _ in range(1500)]
    for name in PAIRED:
        angles = np.array([pose[name] for pose in poses])
        difference = angles[:, 0] - angles[:, 1]
        error = difference.std() / np.sqrt(len(poses))
        assert abs(difference.mean()) < 4 * error + 1e-9, name
