"""Who is who: numbers stay, whatever the order, for as long as promised."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.deploy.pose_tracker import PoseTracker

NAMES = [
    'nose',
    'left_shoulder',
    'right_shoulder',
    'left_elbow',
    'right_elbow',
    'left_wrist',
    'right_wrist',
    'left_hip',
    'right_hip',
    'left_knee',
    'right_knee',
    'neck',
]
K = len(NAMES)
# Two people of different build, 60 wide and 160 high.
SHAPES = np.random.default_rng(8).uniform((-30, -80), (30, 80), (2, K, 2))


def person(x, which=0, y=200):
    return SHAPES[which] + (x, y)


def update(tracker, poses, time, scores=None):
    points = np.array(poses, float).reshape(-1, K, 2)
    if scores is None:
        scores = np.ones(points.shape[:2])
    return tracker.update(points, scores, time)


def by_loop(pose, pose_scores, track, track_scores, sigmas):
    """OKS of a pose and a track, joint by joint."""
    xs = [x for (x, _), s in zip(track, track_scores) if s >= 0.3]
    ys = [y for (_, y), s in zip(track, track_scores) if s >= 0.3]
    area = (max(xs) - min(xs)) * (max(ys) - min(ys)) + 1
    total, count = 0.0, 0
    for p, ps, t, ts, sigma in zip(
        pose, pose_scores, track, track_scores, sigmas
    ):
        if ps >= 0.3 and ts >= 0.3:
            count += 1
            squared = (p[0] - t[0]) ** 2 + (p[1] - t[1]) ** 2
            total += math.exp(-squared / (2 * area * (2 * sigma) ** 2))
    return total / count if count >= 4 else 0.0


def test_a_number_is_kept_exactly_while_the_poses_are_similar_enough():
    sigmas = [0.026] + [0.079] * 2 + [0.072] * 2 + [0.062] * 2
    sigmas += [0.107] * 2 + [0.087] * 2 + [0.079]
    draw = np.random.default_rng(1)
    seen = set()
    for _ in range(300):
        first = person(300)
        second = first + draw.normal(0, 12, 2) + draw.normal(0, 6, (K, 2))
        scores = draw.choice([0.1, 0.29, 0.3, 0.9], (2, K))
        if (scores[0] >= 0.3).sum() < 1:
            continue
        tracker = PoseTracker(NAMES)
        (before,) = update(tracker, [first], 0, scores[:1])
        (after,) = update(tracker, [second], 0.1, scores[1:])
        similar = by_loop(second, scores[1], first, scores[0], sigmas) >= 0.2
        assert (before == after) == similar
        seen.add(similar)
    assert seen == {True, False}


def test_two_people_pass_each_other_in_any_order():
    draw, tracker = np.random.default_rng(0), PoseTracker(NAMES)
    first = None
    for i, x in enumerate(range(100, 500, 4)):
        poses = [person(x, 0, 190), person(600 - x, 1, 210)]
        order = draw.permutation(2) if i else [0, 1]
        numbers = update(tracker, [poses[j] for j in order], i / 30)
        mine = dict(zip(order, numbers))
        first = first or mine
        assert mine == first == {0: 1, 1: 2}


def test_the_first_pose_chooses_first():
    """Greedy, in the order of certainty."""
    tracker = PoseTracker(NAMES)
    update(tracker, [person(300)], 0)
    assert update(tracker, [person(309), person(300)], 0.1) == [1, 2]


@pytest.mark.parametrize('away, number', [(0.9, 1), (1.0, 1), (1.1, 2)])
def test_who_returns_within_a_second_is_known(away, number):
    tracker = PoseTracker(NAMES)
    assert update(tracker, [person(300)], 10) == [1]
    for i in range(1, 10):
        assert update(tracker, [], 10 + i * away / 10) == []
    assert update(tracker, [person(305)], 10 + away) == [number]


def test_nobody_for_minutes_leaves_nothing_behind():
    tracker = PoseTracker(NAMES)
    update(tracker, [person(300)], 0)
    for i in range(1, 5000):
        update(tracker, [], i / 30)
    assert tracker.tracks == []
    assert update(tracker, [person(300)], 200) == [2]


def test_no_more_than_max_tracks_are_remembered_the_freshest_ones():
    tracker = PoseTracker(NAMES, max_tracks=3)
    update(tracker, [person(100)], 0)
    update(tracker, [person(500), person(900), person(1300)], 0.1)
    assert {track.number for track in tracker.tracks} == {2, 3, 4}
    assert update(tracker, [person(100), person(900)], 0.2) == [5, 3]


def test_with_fewer_than_four_joints_nobody_is_known():
    scores = np.zeros((1, K))
    scores[:, :3] = 1
    tracker = PoseTracker(NAMES)
    assert update(tracker, [person(300)], 0, scores) == [1]
    assert update(tracker, [person(300)], 0.1, scores) == [2]
    scores[:, 3] = 1
    assert update(tracker, [person(300)], 0.2, scores) == [3]
    assert update(tracker, [person(300)], 0.3, scores) == [3]


def test_a_set_of_one_joint_needs_that_one():
    tracker, one = PoseTracker(['nose']), np.full((1, 1, 2), 50.0)
    assert tracker.update(one, np.ones((1, 1)), 0) == [1]
    assert tracker.update(one, np.ones((1, 1)), 0.1) == [1]
    assert tracker.update(one + 90, np.ones((1, 1)), 0.2) == [2]


def test_time_that_runs_back_forgets_everybody():
    tracker = PoseTracker(NAMES)
    assert update(tracker, [person(300)], 5) == [1]
    assert update(tracker, [person(300)], 5) == [1], 'the same time is none'
    assert update(tracker, [person(300)], 4.9) == [2]
    assert update(tracker, [person(300)], 5.0) == [2]


def test_nan_and_other_shapes_are_refused():
    tracker, scores = PoseTracker(NAMES), np.ones((1, K))
    bad = person(300)[None].copy()
    bad[0, 2, 1] = np.nan
    with pytest.raises(ValueError, match='1 coordinates'):
        tracker.update(bad, scores, 0)
    with pytest.raises(ValueError, match='time_s must be finite, got nan'):
        update(tracker, [person(300)], np.nan)
    with pytest.raises(ValueError, match=f'poses of {K} joints need'):
        tracker.update(np.ones((1, 5, 2)), np.ones((1, 5)), 0)


@pytest.mark.parametrize(
    'wrong',
    [
        dict(names=[]),
        dict(min_joints=0),
        dict(min_similarity=0),
        dict(min_similarity=1.1),
        dict(max_age_s=-1),
        dict(max_tracks=0),
    ],
)
def test_an_argument_out_of_its_range_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f'PoseTracker: {name} must be'):
        PoseTracker(**{'names': NAMES, **wrong})
