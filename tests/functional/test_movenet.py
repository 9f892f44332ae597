"""MoveNet's decode, against its rules written out one cell at a time."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.functional import movenet


def naive_center(center, offset=1.8):
    """Step 1 of the official rules: the best weighted centre, (x, y)."""
    height, width = len(center), len(center[0])
    best, found = -math.inf, None
    for y in range(height):
        for x in range(width):
            d = math.sqrt((y - height / 2) ** 2 + (x - width / 2) ** 2)
            score = center[y][x] / (d + offset)
            if score > best:
                best, found = score, (x, y)
    return found


def naive_scores(heatmap, point, offset=1.8):
    """Step 3: weighted score of every cell, as (score, x, y)."""
    return [
        (value / (math.hypot(x - point[0], y - point[1]) + offset), x, y)
        for y, row in enumerate(heatmap)
        for x, value in enumerate(row)
    ]


def naive_decode(center, heatmaps, regression, offsets, stride, offset=1.8):
    """One image, (C, H, W) each, joint by joint and cell by cell."""
    cx, cy = naive_center(center[0].tolist(), offset)
    keypoints, scores = [], []
    for k, heatmap in enumerate(heatmaps.tolist()):
        point = (
            cx + float(regression[2 * k, cy, cx]),
            cy + float(regression[2 * k + 1, cy, cx]),
        )
        _, x, y = max(naive_scores(heatmap, point, offset))
        keypoints.append(
            (
                (x + float(offsets[2 * k, y, x])) * stride[0],
                (y + float(offsets[2 * k + 1, y, x])) * stride[1],
            )
        )
        scores.append(heatmap[y][x])
    return np.array(keypoints), np.array(scores)


def random_maps(num, joints, height, width, seed=0, reach=0.3):
    """Maps of float32; regression points up to ``reach`` grids away."""
    rng = np.random.default_rng(seed)
    size = np.tile([width, height], joints)[:, None, None]
    shape = (num, 2 * joints, height, width)
    maps = (
        rng.random((num, 1, height, width)),
        rng.random((num, joints, height, width)),
        rng.uniform(-reach, reach, shape) * size,
        rng.uniform(-1.4, 1.4, shape),
    )
    return tuple(m.astype(np.float32) for m in maps)


SIZES = [(48, 48, 3), (13, 29, 5), (31, 7, 3), (1, 11, 2), (23, 19, 1)]


@pytest.mark.parametrize('height, width', [(48, 48), (17, 23), (64, 5)])
@pytest.mark.parametrize('offset', [1.8, 1.0])
def test_center_weight_is_one_over_the_distance_to_half_the_size(
    height, width, offset
):
    weight = movenet.center_weight(height, width, offset)
    assert weight.shape == (height, width) and weight.dtype == np.float32
    for y in range(height):
        for x in range(width):
            d = math.hypot(x - width / 2, y - height / 2)
            assert weight[y, x] == pytest.approx(1 / (d + offset), rel=1e-6)


def test_center_weight_of_lightning_peaks_at_cell_24_and_not_23_5():
    weight = movenet.center_weight(48, 48)
    assert np.unravel_index(weight.argmax(), (48, 48)) == (24, 24)
    assert weight.max() == np.float32(1 / 1.8)
    assert (weight == weight.max()).sum() == 1


def test_center_weight_is_shared_and_cannot_be_written_to():
    with pytest.raises(ValueError, match='read-only'):
        movenet.center_weight(7, 5)[0, 0] = 1


@pytest.mark.parametrize('height, width, joints', SIZES)
@pytest.mark.parametrize('reach', [0.3, 3.0])
def test_decode_is_the_official_rules(height, width, joints, reach):
    """A reach of 3 grids lets most regressed points lie outside."""
    maps = random_maps(3, joints, height, width, seed=height, reach=reach)
    stride = (4.0, 8.0)
    keypoints, scores = movenet.decode(*maps, stride=stride)
    assert keypoints.shape == (3, 1, joints, 2)
    assert scores.shape == (3, 1, joints)
    assert keypoints.dtype == scores.dtype == np.float32
    for i in range(3):
        want, value = naive_decode(*(m[i] for m in maps), stride)
        np.testing.assert_allclose(keypoints[i, 0], want, rtol=1e-5)
        np.testing.assert_array_equal(scores[i, 0], np.float32(value))


def test_decode_takes_the_distance_offset_of_another_model():
    """TF's default is 1.0; it makes another cell win somewhere."""
    maps = random_maps(5, 7, 13, 11, seed=4)
    got, _ = movenet.decode(*maps, stride=(1, 1), distance_offset=0.1)
    for i in range(5):
        want, _ = naive_decode(*(m[i] for m in maps), (1, 1), 0.1)
        np.testing.assert_allclose(got[i, 0], want, rtol=1e-5, atol=1e-6)
    assert (got != movenet.decode(*maps, stride=(1, 1))[0]).any()


def test_scores_are_the_heatmaps_own_values():
    """Not the weighted ones, which are at most 1 / 1.8."""
    maps = random_maps(1, 3, 13, 29)
    maps[1][0, 0] = 0
    maps[1][0, 0, 5, 27] = 0.96875
    _, scores = movenet.decode(*maps)
    assert scores[0, 0, 0] == 0.96875


def test_a_distant_joint_loses_to_a_weaker_one_where_it_is_expected():
    """0.9 at 5 cells, 0.9 / 6.8 = 0.132; 0.3 at 0 cells, 0.3 / 1.8 = 0.167."""
    center = np.zeros((1, 1, 13, 29), np.float32)
    center[0, 0, 6, 14] = 1
    heatmaps = np.zeros((1, 1, 13, 29), np.float32)
    heatmaps[0, 0, 6, 19], heatmaps[0, 0, 6, 14] = 0.9, 0.3
    zeros = np.zeros((1, 2, 13, 29), np.float32)
    keypoints, scores = movenet.decode(center, heatmaps, zeros, zeros)
    np.testing.assert_array_equal(keypoints[0, 0], [[56, 24]])
    assert scores[0, 0, 0] == np.float32(0.3)


def test_the_person_near_the_middle_wins():
    """0.9 at distance 10 counts less than 0.5 at distance 2."""
    center = np.zeros((1, 1, 17, 23), np.float32)
    center[0, 0, 8, 1], center[0, 0, 8, 13] = 0.9, 0.5
    heatmaps = np.zeros((1, 1, 17, 23), np.float32)
    heatmaps[0, 0, 3, 1] = heatmaps[0, 0, 3, 13] = 1
    regression = np.zeros((1, 2, 17, 23), np.float32)
    regression[0, 1] = -5
    keypoints, _ = movenet.decode(
        center, heatmaps, regression, regression * 0, stride=(1, 1)
    )
    np.testing.assert_array_equal(keypoints[0, 0], [[13, 3]])


def test_an_image_does_not_see_its_batch():
    maps = random_maps(11, 5, 13, 29)
    together = movenet.decode(*maps)
    for i in range(11):
        alone = movenet.decode(*(m[i : i + 1] for m in maps))
        for one, many in zip(alone, together):
            np.testing.assert_array_equal(one[0], many[i])


def test_a_batch_of_none_is_none():
    keypoints, scores = movenet.decode(*random_maps(0, 5, 13, 29))
    assert keypoints.shape == (0, 1, 5, 2) and scores.shape == (0, 1, 5)


def test_decode_does_not_write_to_its_maps():
    maps = random_maps(2, 5, 13, 29)
    copies = [m.copy() for m in maps]
    movenet.decode(*maps)
    movenet.decode_margins(*maps)
    for one, copy in zip(maps, copies):
        np.testing.assert_array_equal(one, copy)


def test_decode_reads_maps_of_any_memory_order():
    maps = random_maps(2, 5, 13, 29)
    strided = [np.asfortranarray(m) for m in maps]
    for one, other in zip(movenet.decode(*maps), movenet.decode(*strided)):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize('height, width, joints', SIZES)
def test_margins_are_the_gap_between_the_two_best_scores(
    height, width, joints
):
    """Sorted in full; the centre's gap bounds each joint's."""
    maps = random_maps(3, joints, height, width, seed=width)
    margins = movenet.decode_margins(*maps)
    assert margins.shape == (3, joints)
    for i in range(3):
        center, heatmaps, regression, _ = (m[i] for m in maps)
        middle = (width / 2, height / 2)
        ranked = sorted(naive_scores(center[0].tolist(), middle))
        own = ranked[-1][0] - ranked[-2][0]
        cx, cy = ranked[-1][1:]
        for k in range(joints):
            step = regression[2 * k : 2 * k + 2, cy, cx]
            ranked = sorted(
                naive_scores(
                    heatmaps[k].tolist(), (cx + step[0], cy + step[1])
                )
            )
            gap = min(own, ranked[-1][0] - ranked[-2][0])
            assert margins[i, k] == pytest.approx(gap, abs=1e-6)


def test_two_equal_peaks_have_no_margin():
    maps = random_maps(1, 2, 13, 29)
    maps[2][:] = 0
    maps[0][:], maps[0][0, 0, 6, 14] = 0, 1
    maps[1][:] = 0
    maps[1][0, :, 6, 12] = maps[1][0, :, 6, 16] = 0.5
    maps[1][0, 1, 6, 16] = 0.25
    np.testing.assert_allclose(
        movenet.decode_margins(*maps)[0], [0, 0.25 / 3.8], atol=1e-7
    )
