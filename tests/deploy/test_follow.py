"""One person, whom a perfect network sees in the crop and nowhere else."""

import numpy as np
import pytest

from mmpose_lightkpt.deploy.boxes import without_padding
from mmpose_lightkpt.deploy.follow import PersonFollower
from mmpose_lightkpt.deploy.preprocess import crop_matrix, to_image
from mmpose_lightkpt.functional.smart_crop import whole_square

SIZE = (640, 479)
LSP = [
    'right_ankle',
    'right_knee',
    'right_hip',
    'left_hip',
    'left_knee',
    'left_ankle',
    'right_wrist',
    'right_elbow',
    'right_shoulder',
    'left_shoulder',
    'left_elbow',
    'left_wrist',
    'neck',
    'head_top',
]
# Upright, 164 high and 52 wide, hips at (0, 0).
BODY = np.array(
    [(-12, 80), (-12, 40), (-12, 0), (12, 0), (12, 40), (12, 80), (-26, 0)]
    + [(-26, -30), (-20, -60), (20, -60), (26, -30), (26, 0), (0, -62)]
    + [(0, -84)],
    float,
)
HALF = 1.9 * 60  # of the square: the torso's rule decides
SURE = np.ones(14)


def person(x, y, scale=1.0):
    return BODY * scale + (x, y)


def square(x, y, half=HALF):
    return x - half, y - half, x + half, y + half


def contains(crop, points):
    low, high = np.reshape(crop, (2, 2))
    return (points >= low).all(axis=1) & (points <= high).all(axis=1)


def look(follower, points, time, size=SIZE):
    """What a perfect network makes of the crop: it sees what is inside."""
    seen = contains(follower.crop(size), points)
    scores = np.where(seen, 0.9, 0.05)
    return follower.update(points, scores, size, time)


def test_it_starts_with_the_whole_frame_or_its_center():
    assert PersonFollower(LSP).crop(SIZE) == whole_square(SIZE)
    follower = PersonFollower(LSP, start='center')
    assert follower.crop(SIZE) == (80.5, 0, 559.5, 479)
    with pytest.raises(ValueError, match="one of .*'center', 'whole'.*'left'"):
        PersonFollower(LSP, start='left')


def test_the_first_crop_is_the_square_and_the_next_moves_nine_tenths():
    follower = PersonFollower(LSP, smooth=False)
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    np.testing.assert_allclose(follower.crop(SIZE), square(300, 200))
    follower.update(person(310, 200), SURE, SIZE, 0.1)
    np.testing.assert_allclose(follower.crop(SIZE), square(309, 200))
    follower.update(person(310, 200), SURE, SIZE, 0.2)
    np.testing.assert_allclose(follower.crop(SIZE), square(309.9, 200))


def test_without_a_torso_the_crop_goes_to_the_whole_frame_as_smoothly():
    follower, scores = PersonFollower(LSP, smooth=False), SURE.copy()
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    scores[[2, 3]] = 0.1
    pose = follower.update(person(300, 200), scores, SIZE, 0.1)
    assert pose is not None, 'the rest of the body is there'
    expected = 0.9 * np.array(whole_square(SIZE)) + 0.1 * np.array(
        square(300, 200)
    )
    np.testing.assert_allclose(follower.crop(SIZE), expected)


def test_a_network_that_knows_boxes_alone_is_given_the_box_of_what_is_seen():
    """Hips unseen: 12 of 14 joints are left, between y -84 and 80."""
    scores = np.where(np.isin(np.arange(14), (2, 3)), 0.1, 0.9)
    for from_boxes in (True, False):
        follower = PersonFollower(LSP, from_boxes=from_boxes, smooth=False)
        follower.update(person(300, 200), scores, SIZE, 0.0)
        half = 82 * 1.2 * (2 - 12 / 14)
        expected = square(300, 198, half) if from_boxes else whole_square(SIZE)
        np.testing.assert_allclose(follower.crop(SIZE), expected)
        # With a torso both do as MoveNet's clients do.
        follower.reset()
        follower.update(person(300, 200), SURE, SIZE, 0.1)
        np.testing.assert_allclose(follower.crop(SIZE), square(300, 200))


@pytest.mark.parametrize('score, found', [(0.24, False), (0.26, True)])
def test_a_pose_below_a_quarter_is_dropped_and_all_starts_anew(score, found):
    follower = PersonFollower(LSP)
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    follower.update(person(320, 200), SURE, SIZE, 0.1)
    scores = np.where(np.arange(14) % 2, 0.1, score)  # 0.1 is not seen
    pose = follower.update(person(330, 200), scores, SIZE, 0.2)
    assert (pose is not None) == found
    if not found:
        assert follower.crop(SIZE) == whole_square(SIZE)
        pose = follower.update(person(90, 190), SURE, SIZE, 0.3)
        np.testing.assert_allclose(pose.keypoints, person(90, 190))
        np.testing.assert_allclose(follower.crop(SIZE), square(90, 190))


def test_a_frame_of_another_size_starts_anew():
    follower = PersonFollower(LSP)
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    follower.update(person(320, 200), SURE, SIZE, 0.1)
    other = SIZE[::-1]
    assert follower.crop(other) == whole_square(other)
    pose = follower.update(person(90, 190), SURE, other, 0.2)
    np.testing.assert_allclose(pose.keypoints, person(90, 190))
    np.testing.assert_allclose(follower.crop(other), square(90, 190))
    # Also if nobody asked for the crop before.
    pose = follower.update(person(300, 200), SURE, SIZE, 0.3)
    np.testing.assert_allclose(pose.keypoints, person(300, 200))


def test_keypoints_are_smoothed_before_the_crop_is_taken_from_them():
    follower = PersonFollower(LSP)
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    pose = follower.update(person(303, 200), SURE, SIZE, 1 / 30)
    moved = pose.keypoints[2, 0] - 288
    assert 0 < moved < 3
    x1, _, x2, _ = follower.crop(SIZE)
    assert (x1 + x2) / 2 == pytest.approx(300 + 0.9 * moved, abs=1e-3)


def test_a_crop_shows_the_network_its_square_and_maps_back():
    """Whatever room a bundle gives to its boxes."""
    follower = PersonFollower(LSP)
    follower.update(person(300, 200), SURE, SIZE, 0.0)
    x1, y1, x2, y2 = crop = follower.crop(SIZE)
    for padding in (1.0, 1.25, 0.9):
        box = without_padding(crop, padding)
        matrix = crop_matrix(box, (192, 192), padding)
        share = np.random.default_rng(0).uniform(0, 1, (9, 2))
        np.testing.assert_allclose(
            to_image(192 * share, matrix),
            (x1, y1) + share * (x2 - x1, y2 - y1),
            atol=1e-3,
        )
        # An input that is no square shows more at its longer sides.
        matrix = crop_matrix(box, (192, 256), padding)
        shown = to_image([(0, 0), (192, 256)], matrix)
        np.testing.assert_allclose(shown[:, 0], (x1, x2), atol=1e-3)
        assert shown[0, 1] < y1 and shown[1, 1] > y2


def test_someone_is_followed_across_the_frame_near_and_far():
    follower, lost = PersonFollower(LSP), 0
    for i in range(600):
        scale = 1.1 + 0.5 * np.sin(i / 40)
        points = person(320 + 200 * np.sin(i / 25), 230, scale)
        lost += not contains(follower.crop(SIZE), points).all()
        look(follower, points, i / 30)
        side = np.ptp(follower.crop(SIZE)[::2])
        assert side < 1.2 * 2 * HALF * scale, 'the crop is about the person'
    assert lost == 0


def test_the_crop_keeps_who_moves_less_than_its_margin_in_a_frame():
    """The square leaves 114 - 26 px beside the hands. It is where the person
    was a frame ago, less a tenth of the step and what the filter lags, which
    is 0.34 px."""
    follower, step = PersonFollower(LSP), (HALF - 26 - 0.4) / 1.2
    for i, x in enumerate(np.arange(60, 580, step)):
        points = person(x, 230)
        assert contains(follower.crop(SIZE), points).all()
        look(follower, points, i / 30)


def test_someone_leaves_stays_away_for_minutes_and_returns_elsewhere():
    follower = PersonFollower(LSP)
    for i in range(90):
        x = 320 + 8 * i  # out of the frame to the right
        pose = look(follower, person(x, 230), i / 30)
    assert pose is None and follower.crop(SIZE) == whole_square(SIZE)
    nobody = np.full(14, 0.1)
    for i in range(90, 90 + 5 * 60 * 30):
        assert follower.update(person(0, 0), nobody, SIZE, i / 30) is None
        assert follower.crop(SIZE) == whole_square(SIZE)
    pose = look(follower, person(100, 240), 400)
    np.testing.assert_allclose(pose.keypoints, person(100, 240))
    np.testing.assert_allclose(follower.crop(SIZE), square(100, 240))


@pytest.mark.parametrize('joints', [1, 5, 21])
def test_joint_sets_without_a_torso_are_followed_by_what_is_seen(joints):
    draw = np.random.default_rng(joints)
    shape = draw.uniform(-50, 50, (joints, 2))
    follower = PersonFollower([f'finger_{i}' for i in range(joints)])
    for i in range(300):
        points = shape + (320 + 150 * np.sin(i / 30), 240)
        assert contains(follower.crop(SIZE), points).all()
        look(follower, points, i / 30)
    assert np.ptp(follower.crop(SIZE)[::2]) < 140


def test_half_a_body_without_a_torso_is_completed():
    """Only what is inside of the crop is seen: it grows until all is."""
    shape = np.random.default_rng(3).uniform(-150, 150, (21, 2)) + (320, 240)
    follower = PersonFollower([f'finger_{i}' for i in range(21)])
    scores = np.where(shape[:, 1] < 240, 0.9, 0.05)
    follower.update(shape, scores, SIZE, 0.0)
    assert not contains(follower.crop(SIZE), shape).all()
    for i in range(1, 12):
        look(follower, shape, i / 30)
    assert contains(follower.crop(SIZE), shape).all()


def test_nan_and_other_shapes_are_refused():
    follower, bad = PersonFollower(LSP), person(300, 200)
    bad[3, 1] = np.nan
    with pytest.raises(ValueError, match='1 coordinates and 0 scores'):
        follower.update(bad, SURE, SIZE, 0.0)
    with pytest.raises(ValueError, match='14 joints need .*got .17, 2. and'):
        follower.update(np.ones((17, 2)), np.ones(17), SIZE, 0.0)
