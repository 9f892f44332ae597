"""Persons of the drawn size, by what ``TopdownAffine`` makes of the crop."""

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose.datasets.transforms import TopdownAffine  # noqa: E402
from mmpose.registry import TRANSFORMS  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the transform
from mmpose_lightkpt.datasets.seeding import SampleKey, seeded  # noqa: E402
from mmpose_lightkpt.functional.person_areas import (  # noqa: E402
    area_share,
    bin_shares,
)

pytestmark = pytest.mark.mmpose
SIZE = (64, 48)
LIMITS = dict(zoom=(0.01, 100), keep_joints=False)


def person(seed=0, rotation=0.0, num=7):
    """What the pipeline holds before the crop; 7 joints within their box."""
    rng = np.random.default_rng(seed)
    side = rng.uniform(30, 90, 2)
    points = rng.uniform((0, 0), side, (1, num, 2)) + (100, 80)
    return dict(
        img=np.zeros((1, 1, 3), np.uint8),
        keypoints=points.astype(np.float32),
        keypoints_visible=np.ones((1, num), np.float32),
        bbox_center=np.float32([(100, 80) + side / 2]),
        bbox_scale=np.float32([1.25 * side]),
        bbox_rotation=np.float32([rotation]),
    )


def make(edges=(0.1, 0.2), weights=(1,), **kwargs):
    return TRANSFORMS.build(
        dict(
            type='ScaleAwareCrop',
            input_size=SIZE,
            edges=edges,
            weights=weights,
            **kwargs,
        )
    )


def crop(results, transform=None, index=0):
    if transform is not None:
        with seeded(SampleKey(0, 0, index)):
            results = transform(dict(results))
    return TopdownAffine(SIZE)(dict(results))


def area(results):
    """Of the labelled joints in the crop that was cut in the end."""
    visible = results['keypoints_visible'][0] > 0
    return area_share(results['transformed_keypoints'][0][visible], SIZE)


@pytest.mark.parametrize('rotation', [0.0, 40.0])
@pytest.mark.parametrize('seed', range(5))
def test_the_area_in_the_crop_is_the_one_drawn(seed, rotation):
    narrow = make((0.3, 0.3001), **LIMITS)
    got = area(crop(person(seed, rotation), narrow))
    assert got == pytest.approx(0.3, rel=1e-3)


def test_areas_have_the_asked_distribution():
    edges, weights = (0.05, 0.1, 0.3, 0.4), (1, 3, 0)
    transform = make(edges, weights, **LIMITS)
    areas = [area(crop(person(i), transform, i)) for i in range(600)]
    got = bin_shares(np.array(areas), edges)
    np.testing.assert_allclose(got, (0.25, 0.75, 0), atol=0.05)
    assert min(areas) > 0.05 and max(areas) < 0.3001


def test_the_zoom_is_bounded_both_ways():
    for wanted, factor in ((1e-4, 1.5), (9, 0.5)):
        transform = make(
            (wanted, wanted + 1e-6), zoom=(0.5, 1.5), keep_joints=False
        )
        before, after = crop(person()), crop(person(), transform)
        np.testing.assert_allclose(
            after['bbox_scale'], factor * before['bbox_scale'], rtol=1e-5
        )


def wide(seed, rotation):
    """A crop that holds the person even when it is turned."""
    results = person(seed, rotation)
    results['bbox_scale'] *= 2
    return results


@pytest.mark.parametrize('rotation', [0.0, 40.0])
def test_no_joint_is_cut_off_unless_so_asked(rotation):
    large = dict(edges=(0.95, 0.96), zoom=(0.1, 2))
    kept, cut = make(**large), make(**large, keep_joints=False)
    outside = []
    for transform in (kept, cut):
        found = [
            crop(wide(i, rotation), transform, i)['transformed_keypoints'][0]
            for i in range(20)
        ]
        points = np.stack(found)
        beyond = np.maximum(-points, points - SIZE).max()
        outside.append(beyond)
    assert outside[0] <= 0.01
    assert outside[1] > 1


def test_who_is_cut_off_already_is_not_zoomed_out_for_it():
    results = person()
    results['bbox_scale'] /= 4
    now = area(crop(results))
    same = make((now * 0.999, now * 1.001))
    after = crop(results, same)
    np.testing.assert_allclose(
        after['bbox_scale'], crop(results)['bbox_scale']
    )


def test_who_has_too_few_joints_stays():
    results = person()
    results['keypoints_visible'][0, 3:] = 0
    for given in (results, person(num=3)):
        after = crop(given, make())
        np.testing.assert_allclose(
            after['bbox_scale'], crop(given)['bbox_scale']
        )


def test_it_happens_as_often_as_told_and_by_the_key_alone():
    transform = make(prob=0.3, **LIMITS)
    plain = area(crop(person()))
    areas = [area(crop(person(), transform, i)) for i in range(300)]
    changed = np.mean(np.abs(np.array(areas) - plain) > 1e-6)
    assert changed == pytest.approx(0.3, abs=0.08)
    assert areas == [area(crop(person(), transform, i)) for i in range(300)]
    assert area(crop(person(), make(prob=0))) == plain


def test_labels_stay_as_they_were():
    before = person()
    copies = {name: value.copy() for name, value in before.items()}
    after = make()(dict(before))
    for name, value in copies.items():
        np.testing.assert_array_equal(before[name], value)
        if name != 'bbox_scale':
            assert after[name] is before[name]


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(edges=(0.1,), weights=()), 'edges'),
        (dict(edges=(0.2, 0.1)), 'edges'),
        (dict(edges=(-0.1, 0.1)), 'edges'),
        (dict(weights=(1, 2)), r'weights must be 1 numbers.*\[1, 2\]'),
        (dict(weights=(0,)), 'weights'),
        (dict(weights=(float('nan'),)), 'weights'),
        (dict(prob=-0.1), 'prob.*-0.1'),
        (dict(zoom=(1.5, 2)), r'zoom.*\(1.5, 2\)'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match='ScaleAwareCrop: ' + words):
        make(**wrong)
