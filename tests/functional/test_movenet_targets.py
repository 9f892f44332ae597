"""Targets of MoveNet's four branches, against rules written out by hand.

All in cells, on a grid that is not square, with a prime count of joints.
"""

from dataclasses import replace

import numpy as np
import pytest

from mmpose_lightkpt.functional import movenet
from mmpose_lightkpt.functional.heatmap import gaussian_radius
from mmpose_lightkpt.functional.movenet_targets import (
    ARTICLE,
    COCO_STDS,
    OFFICIAL,
    movenet_targets,
)

K, W, H = 5, 43, 29
GRID = (W, H)
WEIGHTS = ('heatmap_weights', 'regression_weights', 'offset_weights')


def draw(people, visible=None, boxes=None, rules=OFFICIAL, grid=GRID, **kw):
    people = np.asarray(people, float)
    if visible is None:
        visible = np.ones(people.shape[:2], bool)
    boxes = None if boxes is None else np.asarray(boxes, float)
    visible = np.asarray(visible, bool)
    return movenet_targets(people, visible, boxes, grid, rules, **kw)


def person(seed=0, low=(4, 4), high=(W - 5, H - 5)):
    return np.random.default_rng(seed).uniform(low, high, (K, 2))


def decode(targets, stride=1):
    names = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    maps = (targets[name][None] for name in names)
    return movenet.decode(*maps, stride=(stride, stride))[0][0, 0]


def cell(point):
    """Nearest (row, column) of a point."""
    return int(round(point[1])), int(round(point[0]))


def within(point, radius):
    """(H, W): the cells within a radius of a point's nearest cell."""
    row, column = cell(point)
    y, x = np.mgrid[:H, :W]
    return np.hypot(y - row, x - column) <= radius


def vector(point):
    """(2, H, W): from each cell to a point."""
    y, x = np.mgrid[:H, :W]
    return np.stack([point[0] - x, point[1] - y])


def peaks(heatmap):
    return {tuple(p) for p in np.argwhere(heatmap == 1).tolist()}


# Both presets ------------------------------------------------------------

BOTH = pytest.mark.parametrize('rules', [OFFICIAL, ARTICLE])


@BOTH
@pytest.mark.parametrize('seed', range(20))
def test_real_valued_joints_come_back_to_a_ten_thousandth_of_a_pixel(
    rules, seed
):
    points = person(seed)
    got = decode(draw([points], rules=rules), stride=4)
    np.testing.assert_allclose(got, 4 * points, rtol=0, atol=1e-4)


@BOTH
@pytest.mark.parametrize('stride', [4, 8])
def test_any_input_and_stride_come_back(rules, stride):
    """An input of 88 x 136 pixels, upright, of 22 x 34 or 11 x 17 cells."""
    grid = (88 // stride, 136 // stride)
    points = person(3, (1, 1), (grid[0] - 2, grid[1] - 2))
    targets = draw([points], rules=rules, grid=grid)
    assert targets['heatmaps'].shape == (K, grid[1], grid[0])
    np.testing.assert_allclose(
        decode(targets, stride), stride * points, rtol=0, atol=2e-4
    )


@BOTH
def test_maps_have_the_documented_shapes_and_types(rules):
    got = draw([person()], rules=rules)
    want = dict(
        center_heatmaps=(1, np.float32),
        heatmaps=(K, np.float32),
        regression=(2 * K, np.float32),
        offsets=(2 * K, np.float32),
        heatmap_weights=(K, bool),
        regression_weights=(K, bool),
        offset_weights=(K, bool),
    )
    assert set(got) == set(want)
    for name, (channels, kind) in want.items():
        assert got[name].shape == (channels, H, W), name
        assert got[name].dtype == kind, name


@BOTH
def test_heatmaps_are_one_at_the_joint_and_never_more(rules):
    crowd = [person(i) for i in range(3)]
    got = draw(crowd, rules=rules)
    for k in range(K):
        assert peaks(got['heatmaps'][k]) >= {cell(p[k]) for p in crowd}
        assert got['heatmaps'][k].max() == 1
        assert got['heatmaps'][k].min() == 0


@BOTH
def test_flipped_joints_give_the_flipped_maps(rules):
    """Where joints lie on cells, flipping them is flipping the maps."""
    points = np.rint(person(5))
    points[:, 0] += 2 * (np.arange(K) % 2)  # the mean on no cell's border
    mirrored = [W - 1, 0] + points * [-1, 1]
    one, two = draw([points], rules=rules), draw([mirrored], rules=rules)
    for name in ('heatmaps', 'center_heatmaps', *WEIGHTS):
        np.testing.assert_allclose(two[name], one[name][..., ::-1], atol=1e-6)
    sign = np.array([-1, 1] * K)[:, None, None]
    for name in ('regression', 'offsets'):
        np.testing.assert_allclose(
            two[name], one[name][..., ::-1] * sign, atol=1e-5
        )


@BOTH
def test_nobody_visible_teaches_no_joint(rules):
    visible = np.zeros((1, K), bool)
    got = draw([person()], visible, rules=rules)
    for name, value in got.items():
        assert np.isfinite(value).all() and not value.any(), name


@BOTH
def test_nan_at_a_hidden_joint_leaves_no_trace(rules):
    points, visible = person(), np.ones((1, K))
    visible[0, 2] = 0
    want = draw([points], visible, rules=rules)
    points[2] = np.nan
    for name, value in draw([points], visible, rules=rules).items():
        np.testing.assert_array_equal(value, want[name], err_msg=name)


@BOTH
@pytest.mark.parametrize(
    'corner', [(-0.124, -0.124), (W - 0.126, H - 0.126), (-0.1, H - 0.13)]
)
def test_joints_at_the_rim_stay_on_the_grid(rules, corner):
    """At stride 4 the frame reaches from -0.125 to size - 0.125 cells."""
    points = person(6)
    points[1] = corner
    np.testing.assert_allclose(
        decode(draw([points], rules=rules))[1], corner, atol=1e-4
    )


@BOTH
def test_one_lone_joint_is_a_person_too(rules):
    visible = np.zeros((1, K))
    visible[0, 3] = 1
    points = person(7)
    got = draw([points], visible, rules=rules)
    assert peaks(got['center_heatmaps'][0]) == {cell(points[3])}
    np.testing.assert_allclose(decode(got)[3], points[3], atol=1e-4)


# Official ----------------------------------------------------------------


def test_official_centre_is_the_mean_of_the_labelled_joints():
    points, visible = person(8), np.array([[1, 1, 0, 1, 0]])
    box = [[1, 2, 40, 27]]
    got = draw([points], visible, box)['center_heatmaps'][0]
    assert peaks(got) == {cell(points[[0, 1, 3]].mean(0))}


@pytest.mark.parametrize('center', ['keypoints', 'box'])
def test_official_regression_is_exact_within_three_cells_of_the_centre(
    center,
):
    points = person(9)
    box = [[2.0, 1.0, 31.0, 25.0]]
    got = draw([points], None, box, replace(OFFICIAL, center=center))
    middle = points.mean(0) if center == 'keypoints' else (16.5, 13.0)
    region = within(middle, 3)
    assert region.sum() == 29
    for k in range(K):
        np.testing.assert_array_equal(got['regression_weights'][k], region)
        np.testing.assert_allclose(
            got['regression'][2 * k : 2 * k + 2],
            vector(points[k]) * region,
            atol=1e-5,
        )


def test_official_offsets_are_exact_within_three_cells_of_the_joint():
    points = person(10)
    got = draw([points])
    for k in range(K):
        region = within(points[k], 3)
        np.testing.assert_array_equal(got['offset_weights'][k], region)
        np.testing.assert_allclose(
            got['offsets'][2 * k : 2 * k + 2],
            vector(points[k]) * region,
            atol=1e-5,
        )


@pytest.mark.parametrize('radius', [0, 1, 2, 5])
def test_regions_have_the_radius_of_the_rules(radius):
    points = person(11, (14, 12), (29, 17))
    rules = replace(OFFICIAL, regression_radius=radius, offset_radius=radius)
    got = draw([points], rules=rules)
    for k in range(K):
        np.testing.assert_array_equal(
            got['offset_weights'][k], within(points[k], radius)
        )
        np.testing.assert_array_equal(
            got['regression_weights'][k], within(points.mean(0), radius)
        )


def test_official_heatmap_is_a_gaussian_by_the_size_of_the_box():
    """sigma = std_k (2 floor(r) + 1) / 6 with r of an IoU of 0.7."""
    points, box = person(12, (9, 9), (33, 19)), [[0.0, 0.0, 41.0, 28.0]]
    stds = (1.0, 2.0, 3.0, 1.5, 2.5)
    rules = replace(OFFICIAL, min_sigma_cells=0.1)
    got = draw([points], None, box, rules, stds=stds)['heatmaps']
    base = (2 * np.floor(gaussian_radius(28.0, 41.0)) + 1) / 6
    y, x = np.mgrid[:H, :W]
    for k, std in enumerate(stds):
        row, column = cell(points[k])
        d = np.hypot(x - column, y - row)
        want = np.exp(-0.5 * (d / (std * base)) ** 2)
        np.testing.assert_allclose(got[k], want, atol=0.0112)
        near = want > 0.0112
        np.testing.assert_allclose(got[k][near], want[near], rtol=1e-4)


def test_no_gaussian_is_narrower_than_the_floor():
    points = person(13, (20, 13), (24, 16))
    got = draw([points], rules=replace(OFFICIAL, min_sigma_cells=1.5))
    for k in range(K):
        row, column = cell(points[k])
        assert got['heatmaps'][k, row, column - 1] == pytest.approx(
            np.exp(-0.5 / 1.5**2), rel=1e-5
        )


def test_stds_are_ten_times_the_oks_sigmas_but_for_the_knees():
    """COCO's sigmas; TF's released configs give 0.89 to the knees too."""
    oks = np.repeat(
        [26, 25, 35, 79, 72, 62, 107, 89, 89], [1, 2, 2, 2, 2, 2, 2, 2, 2]
    )
    np.testing.assert_allclose(COCO_STDS, oks / 100)


def test_joints_other_than_coco_take_the_mean_std():
    mean = [sum(COCO_STDS) / 17] * K
    rules = replace(OFFICIAL, min_sigma_cells=0.1)
    box = [[0, 0, 42, 28]]
    one = draw([person()], None, box, rules)
    two = draw([person()], None, box, rules, stds=mean)
    np.testing.assert_allclose(one['heatmaps'], two['heatmaps'], rtol=1e-6)


def test_seventeen_joints_take_cocos_stds():
    rng = np.random.default_rng(0)
    points = rng.uniform(9, 19, (1, 17, 2))
    rules = replace(OFFICIAL, min_sigma_cells=0.1)
    box = [[0, 0, 42, 28]]
    one = draw(points, None, box, rules)
    two = draw(points, None, box, rules, stds=COCO_STDS)
    np.testing.assert_array_equal(one['heatmaps'], two['heatmaps'])


@pytest.mark.parametrize('stds', [(1.0,) * (K + 1), (1.0,) * (K - 1), 1.0])
def test_stds_of_another_count_of_joints_are_refused(stds):
    with pytest.raises(ValueError, match=f'stds.*{K}'):
        draw([person()], stds=stds)


# Several people ----------------------------------------------------------


def strangers():
    """Two people far apart, so that no region of theirs meets."""
    left = person(14, (4, 5), (14, 24))
    return np.stack([left, left[:, ::1] + [22.5, 0.25]])


@BOTH
def test_two_people_are_both_there(rules):
    people = strangers()
    got = draw(people, rules=rules)
    middles = [
        p.mean(0) if rules is OFFICIAL else (p.min(0) + p.max(0)) / 2
        for p in people
    ]
    assert peaks(got['center_heatmaps'][0]) == {cell(m) for m in middles}
    for k in range(K):
        assert peaks(got['heatmaps'][k]) == {cell(p[k]) for p in people}
    for p, middle in zip(people, middles):
        row, column = cell(middle)
        for k in range(K):
            np.testing.assert_allclose(
                got['regression'][2 * k : 2 * k + 2, row, column],
                p[k] - [column, row],
                atol=1e-5,
            )
            y, x = cell(p[k])
            np.testing.assert_allclose(
                got['offsets'][2 * k : 2 * k + 2, y, x],
                p[k] - [x, y],
                atol=1e-5,
            )


def test_own_vectors_win_where_two_people_overlap():
    own = person(15, (12, 9), (30, 20))
    other = own + [2.25, 1.5]  # all their discs of radius 3 meet
    got = draw([own, other])
    for k in range(K):
        for name, at in (('regression', own.mean(0)), ('offsets', own[k])):
            np.testing.assert_allclose(
                (got[name][2 * k : 2 * k + 2] - vector(own[k]))
                * within(at, 3),
                0,
                atol=1e-5,
            )
        rest = within(other[k], 3) & ~within(own[k], 3)
        assert rest.any()
        np.testing.assert_allclose(
            (got['offsets'][2 * k : 2 * k + 2] - vector(other[k])) * rest,
            0,
            atol=1e-5,
        )


def test_overlapping_gaussians_keep_the_larger():
    own = person(16, (14, 10), (28, 18))
    other = own + [3.0, 1.0]
    both = draw([own, other])['heatmaps']
    alone = [draw([p])['heatmaps'] for p in (own, other)]
    np.testing.assert_allclose(both, np.maximum(*alone), atol=1e-6)


def test_overlapping_kernels_of_the_article_add_up_to_one_at_most():
    own = person(16, (14, 10), (28, 18))
    other = own + [3.0, 1.0]
    both = draw([own, other], rules=ARTICLE)['heatmaps']
    alone = [draw([p], rules=ARTICLE)['heatmaps'] for p in (own, other)]
    np.testing.assert_allclose(both, np.minimum(sum(alone), 1), atol=1e-6)
    assert (both > np.maximum(*alone)).any()


# What is ignored ---------------------------------------------------------


def test_an_unlabelled_joint_is_ignored_inside_its_persons_box_alone():
    people, visible = strangers(), np.ones((2, K))
    visible[0, 2] = 0
    boxes = [[3.0, 4.0, 15.0, 25.0], [25.0, 4.0, 38.0, 26.0]]
    weights = draw(people, visible, boxes)['heatmap_weights']
    y, x = np.mgrid[:H, :W]
    inside = (x >= 3) & (x <= 15) & (y >= 4) & (y <= 25)
    around = (x >= 2) & (x <= 16) & (y >= 3) & (y <= 26)
    assert not weights[2][inside].any()
    assert weights[2][~around].all()
    assert weights[[0, 1, 3, 4]].all()


def test_a_box_is_ignored_out_to_the_cells_that_it_touches():
    visible = np.ones((1, K))
    visible[0, 0] = 0
    got = draw([person()], visible, [[5.5, 6.25, 20.25, 17.5]])
    ignored = np.argwhere(~got['heatmap_weights'][0])
    assert ignored.min(0).tolist() == [6, 5]
    assert ignored.max(0).tolist() == [18, 21]


def test_what_is_drawn_counts_also_in_somebody_elses_ignored_box():
    own = person(17, (12, 9), (30, 20))
    people = np.stack([own, own + 1.5])
    visible = np.ones((2, K))
    visible[0, 1] = 0
    boxes = [[0, 0, W, H], [12, 9, 33, 23]]
    got = draw(people, visible, boxes)
    row, column = cell(people[1, 1])
    assert got['heatmap_weights'][1, row, column]
    far = got['heatmaps'][1] < 0.01
    assert not got['heatmap_weights'][1][far].any()


def test_without_boxes_an_unlabelled_joint_is_ignored_everywhere():
    visible = np.ones((1, K))
    visible[0, [1, 4]] = 0
    got = draw([person()], visible)
    for name in WEIGHTS:
        assert not got[name][[1, 4]].any(), name
        assert got[name][[0, 2, 3]].any((1, 2)).all(), name
    assert got['heatmap_weights'][[0, 2, 3]].all()


@pytest.mark.parametrize(
    'box', [[-90.0, -90.0, -50.0, -50.0], [60, 60, 90, 90], [-9, -9, 99, 99]]
)
def test_a_box_beyond_the_frame_is_no_error(box):
    visible = np.ones((1, K))
    visible[0, 0] = 0
    weights = draw([person()], visible, [box])['heatmap_weights'][0]
    assert weights.all() == (box[0] != -9)


@BOTH
def test_a_person_partly_outside_keeps_the_joints_that_are_inside(rules):
    points = person(18)
    points[0] = (-7.0, 12.0)
    visible = np.ones((1, K))
    visible[0, 0] = 0  # as the codec says of a joint beyond the frame
    got = draw([points], visible, [[-8.0, 3.0, 30.0, 24.0]], rules)
    assert not got['offset_weights'][0].any()
    np.testing.assert_allclose(decode(got)[1:], points[1:], atol=1e-4)


@BOTH
def test_the_middle_of_a_box_outside_the_frame_is_not_drawn(rules):
    rules = replace(rules, center='box')
    points = person(19, (0, 4), (6, 20))
    got = draw([points], None, [[-30.0, 2.0, 8.0, 22.0]], rules)
    assert not got['center_heatmaps'].any()
    assert not got['regression_weights'].any()
    assert got['offset_weights'].any((1, 2)).all()


# Article -----------------------------------------------------------------


@pytest.mark.parametrize(
    'side, radius',
    [
        # the share of 48 x 48 cells: below 0.16, below 0.30, above
        (19.0, 4),
        (19.3, 5),
        (26.0, 5),
        (26.4, 6),
        (40.0, 6),
    ],
)
def test_article_radius_goes_by_the_size_of_the_person(side, radius):
    low = np.array([4.0, 3.0])
    points = low + side * np.array(
        [[0, 0], [1, 1], [0, 1], [1, 0], [0.5, 0.25]]
    )
    got = draw([points], rules=ARTICLE, grid=(48, 48))
    heat, middle = got['heatmaps'][4], low + side / 2
    row, column = cell(points[4])
    y, x = np.mgrid[:48, :48]
    d = np.hypot(y - row, x - column)
    want = np.exp(-3 * d / radius) * (d <= radius)
    np.testing.assert_allclose(heat, want, atol=1e-6)
    row, column = cell(middle)
    d = np.hypot(y - row, x - column)
    want = np.exp(-3 * d / (radius + 1)) * (d <= radius + 1)
    np.testing.assert_allclose(got['center_heatmaps'][0], want, atol=1e-6)


@pytest.mark.parametrize('scale', [0.3, 1.0])
def test_a_fixed_radius_is_everybodys(scale):
    """The exponential ends at R, the centre's at R + 1; the Gaussian has 3
    sigma at R, in the centre's map as well; whatever the person's size."""
    points = np.array([W, H]) / 2 + scale * (person() - [W / 2, H / 2])
    rules = replace(ARTICLE, kernel_radius=3)
    got = draw([points], rules=rules)
    for k in range(K):
        assert np.array_equal(got['heatmaps'][k] > 0, within(points[k], 3))
    middle = (points.min(0) + points.max(0)) / 2
    assert np.array_equal(got['center_heatmaps'][0] > 0, within(middle, 4))
    rules = replace(OFFICIAL, kernel_radius=4)
    got = draw([points], rules=rules)
    for heatmap, at in (
        (got['heatmaps'][2], points[2]),
        (got['center_heatmaps'][0], points.mean(0)),
    ):
        row, column = cell(at)
        beside = heatmap[row, column - 2]
        assert beside == pytest.approx(np.exp(-(2**2) / 2 / (4 / 3) ** 2))


def test_article_teaches_a_single_cell():
    points = person(20)
    got = draw([points], rules=ARTICLE)
    middle = (points.min(0) + points.max(0)) / 2
    for k in range(K):
        assert np.argwhere(got['offset_weights'][k]).tolist() == [
            list(cell(points[k]))
        ]
        assert np.argwhere(got['regression_weights'][k]).tolist() == [
            list(cell(middle))
        ]


def test_article_centre_is_the_middle_of_the_box():
    points = person(21)
    got = draw([points], None, [[5.0, 3.0, 31.0, 22.0]], ARTICLE)
    assert peaks(got['center_heatmaps'][0]) == {cell((18.0, 12.5))}


def test_a_frame_without_any_label_teaches_nothing():
    """Whoever else is in it has no label either."""
    boxes = np.array([[4, 4, 9, 9]])
    targets = draw([person()], np.zeros((1, K), bool), boxes)
    assert not any(targets[name].any() for name in WEIGHTS)
    # but a frame without people is background
    nobody = draw(np.zeros((0, K, 2)), np.zeros((0, K), bool))
    assert nobody['heatmap_weights'].all()
