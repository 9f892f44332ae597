"""Grey patches where they are said to be, and nothing else changed."""

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose.registry import TRANSFORMS  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the transform
from mmpose_lightkpt.datasets.seeding import SampleKey, seeded  # noqa: E402

pytestmark = pytest.mark.mmpose
W, H = 97, 61
KEY = SampleKey(3, 1, 7)


def crop(points, visible=None):
    """A crop of noise without a pixel as grey as its neighbour channels."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (H, W, 3), np.uint8)
    image[..., 1] = image[..., 0] ^ 1  # never grey
    points = np.asarray([points], np.float32)
    visible = np.ones(points.shape[:2]) if visible is None else visible
    return dict(
        img=image,
        transformed_keypoints=points,
        keypoints_visible=np.asarray(visible, np.float32).reshape(1, -1),
        keypoints=points + 100,
    )


def drop(results, key=KEY, **kwargs):
    transform = TRANSFORMS.build(dict(type='InformationDrop', **kwargs))
    with seeded(key):
        return transform(dict(results))


def covered(before, after):
    """Pixels that were painted; each is grey now, all others are as before."""
    changed = (before['img'] != after['img']).any(-1)
    patch = after['img'][changed]
    assert (patch == patch[:, :1]).all()
    return changed


def grid():
    y, x = np.mgrid[:H, :W]
    return x, y


@pytest.mark.parametrize('point', [(40.0, 30.0), (40.4, 29.7), (2.0, 59.0)])
@pytest.mark.parametrize('shape', ['square', 'circle'])
def test_a_patch_over_a_joint_holds_the_pixels_within_its_half_size(
    shape, point
):
    """Of the crop's longer side, 97 px: 9.7 px; also over the border."""
    before = crop([point])
    after = drop(before, prob=1, shape=shape, half_size=(0.1, 0.1))
    x, y = grid()
    dx, dy = np.abs(x - point[0]), np.abs(y - point[1])
    away = np.maximum(dx, dy) if shape == 'square' else np.hypot(dx, dy)
    assert np.array_equal(covered(before, after), away <= 9.7)


def test_sizes_are_drawn_between_the_bounds():
    sides = []
    for index in range(60):
        before = crop([(48.0, 30.0)])
        after = drop(before, SampleKey(0, 0, index), prob=1)
        sides.append(covered(before, after).any(0).sum())
    # 3 / 192 to 6 / 192 of 97 px: 1.5 to 3.03 px to each side
    assert set(sides) == {3, 5, 7}


def test_a_person_can_be_the_unit():
    """Its longer side is 40 px, so half of a patch's is 4."""
    points = [(30.0, 20.0), (70.0, 40.0)]
    before = crop(points)
    after = drop(before, prob=1, unit='person', half_size=(0.1, 0.1))
    assert covered(before, after).sum() == 9**2


def test_every_labelled_joint_inside_is_chosen_and_no_other():
    points = [(20.0, 20.0), (50.0, 20.0), (80.0, 20.0), (120.0, 20.0)]
    chosen = set()
    for index in range(40):
        before = crop(points, [[1, 0, 1, 1]])
        after = drop(before, SampleKey(0, 0, index), prob=1)
        _, x = np.nonzero(covered(before, after))
        chosen.add(float(x.mean()))
    assert chosen == {20.0, 80.0}


def test_without_a_joint_inside_the_picture_stays():
    before = crop([(-30.0, 5.0), (float('nan'), 5.0)])
    assert not covered(before, drop(before, prob=1)).any()
    after = drop(before, prob=1, at='anywhere', unit='person')
    assert covered(before, after).any()


def test_anywhere_is_everywhere():
    seen = np.zeros((H, W), bool)
    for index in range(300):
        before = crop([(48.0, 30.0)])
        key = SampleKey(0, 0, index)
        sizes = dict(half_size=(0.05, 0.1))
        after = drop(before, key, prob=1, at='anywhere', **sizes)
        seen |= covered(before, after)
    assert seen.mean() > 0.99


def test_several_patches():
    counts = []
    for num in (1, 4):
        before = crop([(48.0, 30.0)])
        after = drop(
            before, prob=1, at='anywhere', num=num, half_size=(0.03, 0.03)
        )
        counts.append(covered(before, after).sum())
    assert counts[0] < counts[1] <= 4 * counts[0]


def test_a_sample_depends_on_its_key_alone():
    one, two = (drop(crop([(48.0, 30.0)] * 3), prob=1) for _ in range(2))
    assert np.array_equal(one['img'], two['img'])
    other = drop(crop([(48.0, 30.0)] * 3), KEY._replace(epoch=2), prob=1)
    assert not np.array_equal(one['img'], other['img'])


@pytest.mark.parametrize('prob', [0.0, 0.3, 1.0])
def test_it_happens_as_often_as_told(prob):
    before = crop([(48.0, 30.0)])
    times = sum(
        covered(before, drop(before, SampleKey(0, 0, i), prob=prob)).any()
        for i in range(300)
    )
    assert times / 300 == pytest.approx(prob, abs=0.08)


def test_labels_and_the_given_picture_stay_as_they_were():
    before = crop([(48.0, 30.0), (20.0, 20.0)])
    copies = {name: value.copy() for name, value in before.items()}
    after = drop(before, prob=1, num=5, at='anywhere')
    assert after.keys() == before.keys()
    for name, value in copies.items():
        np.testing.assert_array_equal(before[name], value)
        if name != 'img':
            assert after[name] is before[name]


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(shape='star'), "shape.*square.*circle.*'star'"),
        (dict(at='nose'), "at.*joint.*anywhere.*'nose'"),
        (dict(unit='image'), "unit.*crop.*person.*'image'"),
        (dict(prob=1.5), 'prob.*1.5'),
        (dict(half_size=(0.2, 0.1)), r'half_size.*\(0.2, 0.1\)'),
        (dict(half_size=(0, 0.1)), r'half_size.*\(0, 0.1\)'),
        (dict(num=0), 'num.*0'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match='InformationDrop: ' + words):
        TRANSFORMS.build(dict(type='InformationDrop', **wrong))
