import dataclasses

import numpy as np
import pytest

from mmpose_lightkpt.deploy.follow import FollowRule, next_box

SIZE = (641, 479)
# A person of 11 joints around (0, 0), 40 wide and 80 high.
BODY = np.random.default_rng(3).uniform((-20, -40), (20, 40), (11, 2))
BODY[:2] = (-20, -40), (20, 40)
SURE = np.ones(11)


def person(x, y, scale=1.0):
    return BODY * scale + (x, y)


def contains(box, points):
    box = np.asarray(box)
    return (points >= box[:2]).all() and (points <= box[2:]).all()


def test_the_box_is_the_joints_bounding_box_enlarged_about_its_middle():
    box = next_box(person(300, 200, 2), SURE, SIZE, rule=FollowRule())
    # 80 x 160 by 1.25; 20 % of the height of 479 is 95.8, which is less.
    np.testing.assert_allclose(box, (250, 100, 350, 300))


def test_a_missing_joint_gets_room_in_proportion():
    scores = SURE.copy()
    scores[5:] = 0.1
    points = person(300, 200, 2)
    points[5:] = np.nan
    box = np.array(next_box(points, scores, SIZE))
    found = np.ptp(points[:5], axis=0)
    wanted = found * 1.25 * (1 + 6 / 11)
    np.testing.assert_allclose(box[2:] - box[:2], wanted)


@pytest.mark.parametrize('believed, found', [(0, 0), (3, 0), (4, 1), (11, 1)])
def test_with_fewer_than_a_third_it_starts_from_the_whole(believed, found):
    scores = np.where(np.arange(11) < believed, 0.2, 0.199)
    box = next_box(person(300, 200), scores, SIZE, (250, 100, 350, 300))
    assert (box is not None) == bool(found)


@pytest.mark.parametrize('before, found', [(None, 0), ((0, 0, 49, 40), 1)])
def test_joints_on_one_spot_are_no_person(before, found):
    """They spread over 10: more than a fifth of 49, less than one of 641."""
    box = next_box(person(60, 20, 0.125), SURE, SIZE, before)
    assert (box is not None) == bool(found)


def test_joints_that_cannot_be_seen_are_not_believed():
    points, scores = person(300, 200, 2), SURE.copy()
    for i, wrong in enumerate([(-9, 200), (300, 479), (np.nan, 1), (1e9, 1)]):
        points[i + 2] = wrong
    scores[6] = np.nan
    points[6] = 5, 5
    hidden = np.where(np.arange(11) < 2, 1.0, 0.0)
    hidden[7:] = 1
    assert next_box(points, scores, SIZE) == next_box(
        person(300, 200, 2), hidden, SIZE
    )
    assert next_box(person(-300, 200, 2), SURE, SIZE) is None


def test_one_joint_gets_a_share_of_the_frame():
    box = next_box(np.array([[300, 200]]), np.ones(1), SIZE)
    side = 0.2 * 479
    np.testing.assert_allclose(
        box,
        np.add((300, 200, 300, 200), (np.array([-1, -1, 1, 1]) * side / 2)),
    )


@pytest.mark.parametrize('x', [0, 640])
@pytest.mark.parametrize('y', [0, 478])
def test_the_box_ends_at_the_frame_and_is_never_empty(x, y):
    x1, y1, x2, y2 = next_box(np.array([[x, y]]), np.ones(1), SIZE)
    assert 0 <= x1 < x2 <= 641 and 0 <= y1 < y2 <= 479
    assert min(x2 - x1, y2 - y1) >= 0.1 * 479


def test_noise_does_not_move_the_box_of_a_person_who_stands_still():
    draw = np.random.default_rng(5)
    box = first = next_box(person(300, 200, 2), SURE, SIZE)
    for _ in range(50):
        noisy = person(300, 200, 2) + draw.uniform(-2, 2, (11, 2))
        box = next_box(noisy, SURE, SIZE, box)
        assert box == first


def test_slow_motion_is_followed_through_the_tolerance():
    """Every frame moves less than is tolerated; the sum is not lost."""
    box = None
    for x in range(100, 500):
        points = person(x, 200, 2)
        box = next_box(points, SURE, SIZE, box)
        assert contains(box, points)
        middle = (box[0] + box[2]) / 2
        assert abs(middle - x) <= 0.05 * 200 + 1e-6


def test_the_person_is_in_the_next_crop_below_the_speed_of_the_margin():
    """A crop is 1.25 times the box: it leaves 0.28 of the person's width at
    each side, less what is tolerated of the height."""
    box, speed = None, 0.28 * 80 - 0.05 * 200 - 1
    for x in np.arange(100, 540, speed):
        points = person(x, 200, 2)
        if box is not None:
            middle = np.add(box[:2], box[2:]) / 2
            crop = 1.25 * np.subtract(box[2:], box[:2])
            assert contains([*middle - crop / 2, *middle + crop / 2], points)
        box = next_box(points, SURE, SIZE, box)


def test_someone_who_comes_nearer_is_followed():
    box = None
    for scale in np.geomspace(2, 5, 60):
        points = person(320, 240, scale)
        inside = (points >= 0).all(1) & (points <= (640, 478)).all(1)
        box = next_box(points, SURE, SIZE, box)
        assert contains(box, points[inside])


def test_half_a_body_is_completed():
    """Only what is inside of the crop is believed, and the crop begins with
    its upper half: it grows until all is seen."""
    points = person(320, 240, 4)
    seen = points[:, 1] < 240
    for _ in range(12):
        box = np.array(next_box(points, np.where(seen, 1.0, 0.0), SIZE))
        middle, half = (box[:2] + box[2:]) / 2, 0.625 * (box[2:] - box[:2])
        half[:] = half.max()  # a square input
        seen = (np.abs(points - middle) <= half).all(axis=1)
    assert seen.all()


def test_inputs_are_left_as_they_are():
    points, scores = person(300, 200), SURE.copy()
    points[3] = np.nan
    before = points.copy(), scores.copy()
    next_box(points, scores, SIZE, (0, 0, 9, 9))
    np.testing.assert_array_equal(points, before[0])
    np.testing.assert_array_equal(scores, before[1])


@pytest.mark.parametrize(
    'points, scores',
    [(BODY, SURE[:3]), (BODY.T, SURE), (BODY[:0], SURE[:0]), (BODY, 1.0)],
)
def test_shapes_that_do_not_fit_are_refused(points, scores):
    with pytest.raises(ValueError, match='next_box: expected keypoints'):
        next_box(points, scores, SIZE)


@pytest.mark.parametrize('field', dataclasses.fields(FollowRule))
@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_rule_out_of_its_range_is_refused(field, value):
    with pytest.raises(ValueError, match=f'FollowRule: {field.name} must be'):
        FollowRule(**{field.name: value})
