import numpy as np
import pytest

from mmpose_lightkpt.deploy.keypoint_filter import KeypointFilter
from mmpose_lightkpt.deploy.people import PeopleFollower

SIZE = (640, 479)
NAMES = ['nose', 'neck', 'left_hip', 'right_hip', 'left_knee']
SHAPE = np.random.default_rng(2).uniform(-60, 60, (5, 2))


def scene(*xs):
    return np.array([SHAPE + (x, 240) for x in xs])


def certain(people):
    return np.full((people, 5), 0.8)


def test_each_person_has_a_number_and_a_filter_of_their_own():
    follower = PeopleFollower(NAMES)
    alone = [KeypointFilter(), KeypointFilter()]
    draw = np.random.default_rng(0)
    for i in range(30):
        points = scene(100 + i, 500 - 2 * i) + draw.normal(0, 1, (2, 5, 2))
        order = draw.permutation(2) if i else np.arange(2)
        poses = follower.update(points[order], certain(2), SIZE, i / 30)
        assert [pose.number for pose in poses] == (order + 1).tolist()
        for who, pose in zip(order, poses):
            expected = alone[who](points[who], SIZE, i / 30)
            np.testing.assert_array_equal(pose.keypoints, expected)


def test_a_filter_goes_with_its_track():
    follower = PeopleFollower(NAMES)
    follower.update(scene(100, 500), certain(2), SIZE, 0.0)
    follower.update(scene(100), certain(1), SIZE, 0.9)
    assert len(follower._filters) == 2
    follower.update(scene(100), certain(1), SIZE, 1.1)
    assert len(follower._filters) == 1
    assert (
        follower.update(scene()[:0].reshape(0, 5, 2), certain(0), SIZE, 9)
        == []
    )
    follower.update(scene(100), certain(1), SIZE, 9.1)
    assert list(follower._filters) == [3]


def test_poses_below_a_quarter_are_dropped():
    follower = PeopleFollower(NAMES)
    scores = certain(2)
    scores[0] = 0.24
    (pose,) = follower.update(scene(100, 500), scores, SIZE, 0.0)
    np.testing.assert_allclose(pose.keypoints, scene(500)[0], rtol=1e-6)
    assert pose.number == 1


def test_a_frame_of_another_size_starts_anew():
    follower = PeopleFollower(NAMES)
    follower.update(scene(100), certain(1), SIZE, 0.0)
    (pose,) = follower.update(scene(101), certain(1), SIZE[::-1], 0.1)
    assert pose.number == 2
    np.testing.assert_allclose(pose.keypoints, scene(101)[0], rtol=1e-6)


def test_without_the_filter_keypoints_are_as_they_came():
    follower = PeopleFollower(NAMES, smooth=False)
    for i in range(3):
        points = scene(100 + 3 * i)
        (pose,) = follower.update(points, certain(1), SIZE, i / 30)
        np.testing.assert_array_equal(pose.keypoints, points[0])


def test_more_people_than_are_remembered_are_drawn_all_the_same():
    follower = PeopleFollower(NAMES)
    for i in range(3):
        points = scene(*range(0, 20 * 200, 200))
        poses = follower.update(points, certain(20), SIZE, i / 30)
        assert len(poses) == 20
        assert len({pose.number for pose in poses}) == 20


def test_nan_is_refused_even_of_somebody_who_would_be_dropped():
    follower, scores = PeopleFollower(NAMES), certain(2)
    scores[1] = np.nan
    with pytest.raises(ValueError, match='5 scores'):
        follower.update(scene(100, 500), scores, SIZE, 0.0)
