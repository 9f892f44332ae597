"""The decode of several people, against its rules one cell at a time."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.functional import movenet_multi as multi
from mmpose_lightkpt.functional.movenet_boxes import box_targets
from mmpose_lightkpt.functional.movenet_targets import movenet_targets

H, W, K = 19, 29, 5
MAPS = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
MAPS += ('box_offsets', 'box_sizes')


def naive_peaks(center, most, least):
    """Cells (y, x) that equal the largest value of their 5 x 5 window."""
    height, width = len(center), len(center[0])
    found = []
    for y in range(height):
        for x in range(width):
            window = [
                center[v][u]
                for v in range(max(y - 2, 0), min(y + 3, height))
                for u in range(max(x - 2, 0), min(x + 3, width))
            ]
            if center[y][x] == max(window) and center[y][x] >= least:
                found.append((-center[y][x], y, x))
    return [(y, x) for _, y, x in sorted(found)[:most]]


def naive_box(maps, y, x):
    """x1, y1, x2, y2 of the centre in a cell, cut at the frame."""
    _, _, _, _, offset, size = maps
    edges = []
    for axis, (cell, limit) in enumerate(((x, W), (y, H))):
        middle = cell + float(offset[axis, y, x])
        half = max(float(size[axis, y, x]), 0) / 2
        edges.append([min(max(middle + s * half, 0), limit) for s in (-1, 1)])
    (x1, x2), (y1, y2) = edges
    return x1, y1, x2, y2


def naive_weight(maps, center, box, k, y, x, ratio):
    """Of a cell, for joint k of the person with this centre and box."""
    x1, y1, x2, y2 = box
    if not (x1 <= x < x2 and y1 <= y < y2):
        return 0.0
    cy, cx = center
    px = cx + float(maps[2][2 * k, cy, cx])
    py = cy + float(maps[2][2 * k + 1, cy, cx])
    return math.exp(-((x - px) ** 2 + (y - py) ** 2) / (ratio * min(H, W)))


def naive_people(maps, stride, most=6, least=0.1, ratio=0.3):
    """Keypoints, scores, boxes and person scores of one image."""
    people = [
        (center, naive_box(maps, *center))
        for center in naive_peaks(maps[0][0].tolist(), most, least)
    ]
    people = [
        (center, box)
        for center, box in people
        if math.ceil(box[0]) < math.ceil(box[2])
        and math.ceil(box[1]) < math.ceil(box[3])
    ]
    answers = []
    for center, box in people:
        points, scores = [], []
        for k in range(K):
            cells = [
                (naive_weight(maps, center, box, k, y, x, ratio), y, x)
                for y in range(math.ceil(box[1]), math.ceil(box[3]))
                for x in range(math.ceil(box[0]), math.ceil(box[2]))
            ]
            _, y, x = max(
                (weight * maps[1][k, y, x], -y, -x) for weight, y, x in cells
            )
            y, x = -y, -x
            points.append(
                (
                    (x + maps[3][2 * k, y, x]) * stride[0],
                    (y + maps[3][2 * k + 1, y, x]) * stride[1],
                )
            )
            weight = max(
                naive_weight(maps, *other, k, y, x, ratio) for other in people
            )
            scores.append(weight * maps[1][k, y, x])
        high = [score for score in scores if score > 0.127]
        mean = sum(high) / len(high) if high else 0
        own = maps[0][0, center[0], center[1]] * mean
        answers.append(
            (points, scores, np.array(box) * (*stride, *stride), own)
        )
    return answers


def random_maps(num, seed=0, people=9):
    """Noise with distinct centres, and boxes of any size and place."""
    rng = np.random.default_rng(seed)
    center = rng.uniform(0, 0.09, (num, 1, H, W))
    for image in center[:, 0]:
        cells = rng.choice(H * W, people, replace=False)
        image.ravel()[cells] = rng.uniform(0.05, 1, people)
    shape = (H, W)
    maps = (
        center,
        rng.random((num, K, *shape)),
        rng.normal(0, 4, (num, 2 * K, *shape)),
        rng.uniform(-1.4, 1.4, (num, 2 * K, *shape)),
        rng.normal(0, 2, (num, 2, *shape)),
        rng.uniform(-1, 24, (num, 2, *shape)),
    )
    return [m.astype(np.float32) for m in maps]


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize(
    'rules', [{}, dict(max_people=3, min_center=0.3, gaussian_ratio=0.1)]
)
def test_decode_is_the_official_rules(seed, rules):
    maps = random_maps(3, seed)
    naive = dict(
        most=rules.get('max_people', 6),
        least=rules.get('min_center', 0.1),
        ratio=rules.get('gaussian_ratio', 0.3),
    )
    found = multi.decode_people(*maps, stride=(4.0, 8.0), **rules)
    for i, people in enumerate(found):
        want = naive_people([m[i] for m in maps], (4.0, 8.0), **naive)
        assert len(people.keypoints) == len(want) > 0
        assert all(part.dtype == np.float32 for part in people)
        for part, values in zip(people, zip(*want)):
            np.testing.assert_allclose(
                part, np.array(values), rtol=1e-4, atol=1e-5
            )


@pytest.mark.parametrize('seed', range(3))
def test_a_cell_on_the_right_edge_is_outside_and_on_the_left_inside(seed):
    """Boxes that end at cells, as noise never makes them."""
    maps = random_maps(2, seed)
    maps[4], maps[5] = np.rint(maps[4]), 2 * np.rint(maps[5] / 2)
    found = multi.decode_people(*maps, stride=(1, 1))
    for i, people in enumerate(found):
        want = naive_people([m[i] for m in maps], (1, 1))
        for part, values in zip(people, zip(*want)):
            np.testing.assert_allclose(
                part, np.array(values), rtol=1e-4, atol=1e-5
            )


def test_an_image_does_not_see_its_batch():
    maps = random_maps(3)
    together = multi.decode_people(*maps)
    for i in range(3):
        (alone,) = multi.decode_people(*(m[i : i + 1] for m in maps))
        for one, other in zip(alone, together[i]):
            np.testing.assert_array_equal(one, other)


def targets(points, visible=None, boxes=None):
    """What a perfect network says of people (P, K, 2) in cells."""
    visible = np.ones(points.shape[:2], bool) if visible is None else visible
    drawn = movenet_targets(points, visible, boxes, (W, H))
    drawn.update(box_targets(points, visible, boxes, (W, H)))
    return [drawn[name][None] for name in MAPS]


def pair():
    """One person left and one right, a few cells wide."""
    rng = np.random.default_rng(3)
    points = rng.uniform((2, 4), (11, 15), (2, K, 2))
    points[1, :, 0] += 14
    return points


def test_two_people_come_back_exactly_and_from_left_to_right():
    """Their centres are equally high: cells are read row by row."""
    points = pair()
    (people,) = multi.decode_people(*targets(points), stride=(4, 4))
    rows = np.rint(points.mean(1))[:, 1]
    order = np.argsort(rows, kind='stable')
    np.testing.assert_allclose(people.keypoints, points[order] * 4, atol=1e-3)
    assert (people.scores > 0.9).all() and (people.person_scores > 0.9).all()
    low, high = (points[order].min(1) - 1) * 4, (points[order].max(1) + 1) * 4
    np.testing.assert_allclose(people.boxes, np.c_[low, high], atol=1e-3)


def test_the_higher_centre_is_first():
    maps = targets(pair())
    maps[0][0, 0, :, 15:] *= 0.875
    (people,) = multi.decode_people(*maps)
    assert people.keypoints[0, :, 0].max() < people.keypoints[1, :, 0].min()
    assert people.person_scores[0] > people.person_scores[1]
    maps[0][0, 0, :, :15] *= 0.75
    (people,) = multi.decode_people(*maps)
    assert people.keypoints[0, :, 0].min() > people.keypoints[1, :, 0].max()


def test_only_the_highest_centres_count():
    maps = targets(pair())
    maps[0][0, 0, :, 15:] *= 0.5
    (one,) = multi.decode_people(*maps, max_people=1)
    assert len(one.keypoints) == 1 and one.keypoints.max() < 15 * 4
    (one,) = multi.decode_people(*maps, min_center=0.6)
    assert len(one.keypoints) == 1 and one.keypoints.max() < 15 * 4


def test_nobody_gives_empty_arrays():
    maps = [np.zeros_like(m) for m in random_maps(2)]
    for people in multi.decode_people(*maps):
        assert people.keypoints.shape == (0, K, 2)
        assert people.scores.shape == (0, K)
        assert people.boxes.shape == (0, 4)
        assert people.person_scores.shape == (0,)
    keypoints, scores = multi.decode(*maps)
    assert keypoints.shape == (2, 6, K, 2) and not keypoints.any()
    assert scores.shape == (2, 6, K) and not scores.any()


def test_a_box_without_a_cell_is_nobody():
    maps = targets(pair())
    maps[5][0, :, :, 15:] = 0
    (people,) = multi.decode_people(*maps)
    assert len(people.keypoints) == 1


def test_a_joint_outside_of_the_box_is_not_seen():
    """Where all of a heatmap lies outside, the joint's score is 0."""
    points = pair()[:1]
    maps = targets(points)
    middle = points[0].mean(0)
    maps[4][:] = 0
    maps[5][:] = 2  # a box of two cells round the centre
    (people,) = multi.decode_people(*maps, stride=(1, 1))
    far = np.abs(points[0] - middle).max(-1) > 3 + 3 * 1.5
    near = np.abs(people.keypoints[0] - middle).max(-1)
    assert (near <= 1 + 3 + 0.5).all()  # a cell of it, and an offset
    assert people.scores[0][far].max(initial=0) < 0.1


def test_the_box_keeps_the_neighbours_joint_away():
    """Expected nearer to the neighbour's joint, but that is outside."""
    points = pair()
    maps = targets(points)
    y, x = np.rint(points[0].mean(0)).astype(int)[::-1]
    maps[2][0, 0, y, x] = points[1, 0, 0] - x
    maps[2][0, 1, y, x] = points[1, 0, 1] - y
    (people,) = multi.decode_people(*maps, stride=(1, 1))
    first = np.abs(people.keypoints - points[0]).max((1, 2)).argmin()
    assert np.abs(people.keypoints[first, 1:] - points[0, 1:]).max() < 1e-3
    assert people.keypoints[first, 0, 0] < 14
    maps[4][:], maps[5][:] = 0, 100
    (people,) = multi.decode_people(*maps, stride=(1, 1))
    np.testing.assert_allclose(
        people.keypoints[first, 0], points[1, 0], atol=1e-3
    )


def test_weak_joints_do_not_count_in_the_persons_score():
    points = pair()[:1]
    maps = targets(points)
    full = multi.decode_people(*maps)[0].person_scores[0]
    maps[1][0, :2] *= 0.1  # below 0.127 now
    (people,) = multi.decode_people(*maps)
    kept = people.scores[0, 2:]
    assert people.person_scores[0] == pytest.approx(kept.mean())
    maps[1][0, :] *= 0.01
    assert multi.decode_people(*maps)[0].person_scores[0] == 0 < full


def test_slots_are_filled_from_the_first():
    maps = random_maps(4, seed=2)
    found = multi.decode_people(*maps, max_people=4)
    keypoints, scores = multi.decode(*maps, max_people=4)
    assert keypoints.shape == (4, 4, K, 2)
    for i, people in enumerate(found):
        count = len(people.keypoints)
        np.testing.assert_array_equal(keypoints[i, :count], people.keypoints)
        np.testing.assert_array_equal(scores[i, :count], people.scores)
        assert not keypoints[i, count:].any() and not scores[i, count:].any()
