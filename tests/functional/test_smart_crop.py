"""The rules of MoveNet's clients, against loops and by hand."""

import numpy as np
import pytest

from mmpose_lightkpt.functional import smart_crop

SIZE = (640, 479)
COCO = [
    'nose',
    'left_eye',
    'right_eye',
    'left_ear',
    'right_ear',
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
    'left_ankle',
    'right_ankle',
]
TORSO = smart_crop.torso_joints(COCO)
# Somebody upright, hips in the middle of the frame; the torso is 60 high.
BODY = np.array(
    [(0, -90), (4, -94), (-4, -94), (8, -92), (-8, -92), (20, -60), (-20, -60)]
    + [(26, -30), (-26, -30), (26, 0), (-26, 0), (12, 0), (-12, 0), (12, 40)]
    + [(-12, 40), (12, 80), (-12, 80)],
    float,
)
MIDDLE = np.array((320.0, 240.0))
ALL = np.ones(17)


def square(keypoints, scores=ALL, size=SIZE):
    return smart_crop.torso_square(keypoints, scores, TORSO, size)


def by_loops(keypoints, scores, size):
    """As one writes it down joint by joint: x1, y1, x2, y2 or None."""
    at = dict(zip(COCO, keypoints))
    score = dict(zip(COCO, scores))
    if not (score['left_hip'] > 0.2 or score['right_hip'] > 0.2):
        return None
    if not (score['left_shoulder'] > 0.2 or score['right_shoulder'] > 0.2):
        return None
    x = (at['left_hip'][0] + at['right_hip'][0]) / 2
    y = (at['left_hip'][1] + at['right_hip'][1]) / 2
    half = 0.0
    for name in COCO:
        for distance in (abs(at[name][0] - x), abs(at[name][1] - y)):
            if name.endswith(('shoulder', 'hip')):
                half = max(half, 1.9 * distance)
            if score[name] >= 0.2:
                half = max(half, 1.2 * distance)
    half = min(half, max(x, size[0] - x, y, size[1] - y))
    if half > max(size) / 2:
        return None
    return x - half, y - half, x + half, y + half


def test_the_first_squares():
    assert smart_crop.whole_square((640, 480)) == (0, -80, 640, 560)
    assert smart_crop.whole_square((480, 640)) == (-80, 0, 560, 640)
    assert smart_crop.centered_square((640, 480)) == (80, 0, 560, 480)
    assert smart_crop.centered_square((480, 640)) == (0, 80, 480, 560)


def test_it_is_what_the_rules_say_of_each_joint():
    draw = np.random.default_rng(5)
    kinds = {True: 0, False: 0}
    for _ in range(400):
        points = MIDDLE + BODY * draw.uniform(0.3, 2)
        points += draw.uniform(-90, 90, 2) + draw.normal(0, 9, (17, 2))
        scores = draw.uniform(0, 0.6, 17)
        expected = by_loops(points, scores, SIZE)
        found = square(points, scores)
        kinds[expected is None] += 1
        assert (found is None) == (expected is None)
        if expected:
            np.testing.assert_allclose(found, expected)
    assert min(kinds.values()) > 40, 'both kinds are seen'


def test_every_joint_that_is_seen_counts_and_not_the_right_hip_alone():
    """The slip of Google's sample for boards: it loops over the joints, but
    measures one. An arm high above the head shows it: the hand is 180 above
    the hips, the torso 60."""
    points = MIDDLE + BODY
    points[COCO.index('left_wrist')] = MIDDLE + (10, -180)
    x1, y1, x2, y2 = square(points)
    assert (x2 - x1) / 2 == pytest.approx(1.2 * 180)
    assert y1 < 240 - 180, 'the hand is in the crop'
    with_the_slip = max(1.9 * 60, 1.2 * 12)
    assert (y2 - y1) / 2 > with_the_slip


def test_a_hidden_joint_counts_only_if_it_is_of_the_torso():
    points, scores = MIDDLE + BODY, ALL.copy()
    hand, shoulder = COCO.index('left_wrist'), COCO.index('left_shoulder')
    points[hand] = MIDDLE + (170, 0)
    scores[hand] = 0.19
    assert square(points, scores) == square(MIDDLE + BODY)
    scores[hand] = 0.2
    assert np.ptp(square(points, scores)[::2]) == pytest.approx(2.4 * 170)
    points[shoulder] = MIDDLE + (0, -130)
    scores[shoulder] = 0
    assert np.ptp(square(points, scores)[::2]) == pytest.approx(3.8 * 130)


@pytest.mark.parametrize('pair', ['hip', 'shoulder'])
def test_one_hip_and_one_shoulder_must_score_more_than_the_threshold(pair):
    scores = ALL.copy()
    scores[COCO.index(f'left_{pair}')] = 0
    assert square(MIDDLE + BODY, scores)
    scores[COCO.index(f'right_{pair}')] = 0.2
    assert square(MIDDLE + BODY, scores) is None


def test_a_mirrored_person_has_the_mirrored_square():
    points = MIDDLE + (70, 11) + BODY + np.arange(17)[:, None]
    mirrored = points * (-1, 1) + (SIZE[0], 0)
    x1, y1, x2, y2 = square(points)
    np.testing.assert_allclose(
        square(mirrored), (SIZE[0] - x2, y1, SIZE[0] - x1, y2)
    )


@pytest.mark.parametrize('scale, whole', [(2.7, False), (3, True)])
def test_who_fills_the_frame_gets_the_whole_of_it(scale, whole):
    """1.9 times the torso's 60 times 2.7 is 308, times 3 is 342; half of
    the frame is 320."""
    points = MIDDLE + (10, 0) + scale * BODY
    assert (square(points) is None) == whole


def test_at_a_border_the_square_reaches_no_farther_than_the_far_one():
    points = np.array((200.0, 240.0)) + 9 * BODY
    assert square(points, size=(1000, 400)) is None
    # 1.9 * 60 * 4 = 456, but nothing of the frame is farther than 420 away.
    x1, _, x2, _ = square(np.array((420.0, 240.0)) + 4 * BODY, size=(840, 479))
    assert (x1, x2) == (0, 840)


def test_joints_on_one_spot_and_joints_outside_are_nobody():
    """A client that believed them would search a speck, or nothing at all,
    for ever after."""
    assert square(MIDDLE + 1e-3 * BODY) is None
    assert square(MIDDLE + 0 * BODY) is None
    assert square(np.array((-200.0, 240.0)) + BODY) is None
    assert square(np.array((-100.0, 240.0)) + BODY)
    # 5 % of 640, in halves of the square: 1.9 * 60 * s = 16.
    assert square(MIDDLE + 0.14 * BODY) is None
    assert square(MIDDLE + 0.141 * BODY)


def test_the_torso_is_found_by_its_names():
    assert TORSO == (5, 6, 11, 12)
    lsp = [
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
    assert smart_crop.torso_joints(lsp) == (9, 8, 3, 2)
    assert smart_crop.torso_joints(COCO[:-6]) is None
    assert smart_crop.torso_joints(['wrist', 'thumb_tip']) is None


def test_a_pose_scores_the_mean_of_what_is_seen():
    assert smart_crop.pose_score(np.array([0.9, 0.3, 0.2, 0.1])) == 0.6
    assert smart_crop.pose_score(np.full(17, 0.2)) == 0


def test_without_a_torso_the_square_is_around_what_is_seen():
    hand = np.array([(300.0, 200.0), (400, 220), (350, 300), (320, 250)])
    found = smart_crop.box_square(hand, np.ones(4), SIZE)
    np.testing.assert_allclose(found, (290, 190, 410, 310))
    scores = np.array([1, 1, 1, 0.1])
    hand[3] = 0, 0
    found = smart_crop.box_square(hand, scores, SIZE)
    half = 50 * 1.2 * 1.25
    np.testing.assert_allclose(
        found, (350 - half, 250 - half, 350 + half, 250 + half)
    )


@pytest.mark.parametrize('seen, found', [(0, 0), (1, 0), (2, 1), (6, 1)])
def test_without_a_torso_a_third_must_be_seen(seen, found):
    points = MIDDLE + np.arange(12.0).reshape(6, 2) * 20
    scores = np.where(np.arange(6) < seen, 0.2, 0.19)
    result = smart_crop.box_square(points, scores, SIZE)
    assert (result is not None) == bool(found)


def test_one_joint_gets_a_fifth_of_the_frame():
    found = smart_crop.box_square(np.array([(90.0, 80)]), np.ones(1), SIZE)
    np.testing.assert_allclose(found, (26, 16, 154, 144))
