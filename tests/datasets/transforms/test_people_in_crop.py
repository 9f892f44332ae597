import cv2
import numpy as np
import pytest

mmpose = pytest.importorskip('mmpose')
from mmpose.datasets.transforms import (  # noqa: E402
    RandomFlip,
    TopdownAffine,
)

import mmpose_lightkpt  # noqa: E402, F401 - registers the transform
from mmpose_lightkpt.datasets.transforms import PeopleInCrop  # noqa: E402

pytestmark = pytest.mark.mmpose
FLIP_INDICES = [0, 2, 1, 4, 3]
IMAGE_SIZE = (127, 101)  # w, h
INPUT_SIZE = (67, 53)


def make_people(rng, num_people=2):
    """Keypoints (P, 5, 2), visible (P, 5) and boxes (P, 4) in the image."""
    keypoints = rng.uniform((20, 20), (107, 81), (num_people, 5, 2))
    visible = np.ones((num_people, 5))
    boxes = np.concatenate((keypoints.min(1), keypoints.max(1)), -1)
    return tuple(np.float32(part) for part in (keypoints, visible, boxes))


def make_results(people, own, rng, image=None):
    """What the pipeline holds before the flip, cropped around the image."""
    keypoints, visible, boxes = people
    others = np.arange(len(keypoints)) != own
    if image is None:
        image = np.zeros((*IMAGE_SIZE[::-1], 3), np.uint8)
    return dict(
        img=image,
        img_shape=image.shape[:2],
        flip_indices=FLIP_INDICES,
        keypoints=keypoints[own : own + 1],
        keypoints_visible=visible[own : own + 1],
        bbox=boxes[own : own + 1],
        bbox_center=np.float32([rng.uniform((55, 45), (70, 55))]),
        bbox_scale=np.float32([rng.uniform((90, 80), (150, 120))]),
        bbox_rotation=np.float32([rng.uniform(-80, 80)]),
        other_keypoints=keypoints[others],
        other_visible=visible[others],
        other_boxes=boxes[others],
    )


def crop(results, flip, use_udp=False):
    results = RandomFlip(prob=float(flip)).transform(results)
    results = TopdownAffine(INPUT_SIZE, use_udp).transform(results)
    return PeopleInCrop(use_udp).transform(results)


@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_others_land_where_the_own_path_puts_them(seed, flip, use_udp):
    people = make_people(np.random.default_rng(seed))
    first, second = (
        crop(
            make_results(people, own, np.random.default_rng(seed + 100)),
            flip,
            use_udp,
        )
        for own in range(2)
    )
    for mine, theirs in ((first, second), (second, first)):
        assert len(mine['people_keypoints']) == 2
        np.testing.assert_allclose(
            mine['people_keypoints'][1],
            theirs['transformed_keypoints'][0],
            atol=1e-3,
        )
        np.testing.assert_allclose(
            mine['people_boxes'][1], theirs['people_boxes'][0], atol=1e-3
        )
        np.testing.assert_array_equal(
            mine['people_visible'][1], theirs['people_visible'][0]
        )


@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('seed', range(3))
def test_a_dot_drawn_on_a_joint_is_found_where_the_joint_is(seed, flip):
    rng = np.random.default_rng(seed)
    people = make_people(rng)
    joint = 3
    people[0][1] = rng.uniform((50, 40), (76, 60), (5, 2)).round()
    people[1][1] = np.arange(5) == joint
    image = np.zeros((*IMAGE_SIZE[::-1], 3), np.uint8)
    center = people[0][1, joint].astype(int).tolist()
    cv2.circle(image, center, 5, (255, 255, 255), -1)
    results = crop(make_results(people, 0, rng, image), flip)
    ys, xs = np.nonzero(results['img'][..., 0] > 127)
    named = FLIP_INDICES[joint] if flip else joint
    found = results['people_keypoints'][1, named]
    np.testing.assert_allclose(found, (xs.mean(), ys.mean()), atol=0.5)
    np.testing.assert_array_equal(
        results['people_visible'][1], np.arange(5) == named
    )


def test_the_own_person_comes_first_and_equals_the_transformed_keypoints():
    rng = np.random.default_rng(2)
    results = crop(make_results(make_people(rng, 3), 1, rng), True)
    np.testing.assert_allclose(
        results['people_keypoints'][0],
        results['transformed_keypoints'][0],
        atol=1e-3,
    )


def straight(people, own=0):
    """Results whose crop is the image's middle 67x53, not turned."""
    results = make_results(people, own, np.random.default_rng(0))
    results.update(
        bbox_center=np.float32([[63, 50]]),
        bbox_scale=np.float32([INPUT_SIZE]),
        bbox_rotation=np.float32([0]),
    )
    return crop(results, flip=False)


def test_own_joints_outside_the_crop_become_invisible():
    people = make_people(np.random.default_rng(0), 1)
    # The crop spans x from 63 - 33.5 = 29.5 to 96.5: pixels 29 to 95 are in.
    people[0][0] = [(28.9, 50), (29.1, 50), (95.9, 50), (96.1, 50), (60, 2)]
    results = straight(people)
    np.testing.assert_array_equal(results['people_visible'], [[0, 1, 1, 0, 0]])


def test_unlabelled_joints_stay_invisible():
    people = make_people(np.random.default_rng(0), 2)
    people[0][:] = 60
    people[1][:, 1::2] = 0
    results = straight(people)
    np.testing.assert_array_equal(
        results['people_visible'], [[1, 0, 1, 0, 1]] * 2
    )


def test_somebody_without_a_labelled_joint_in_the_crop_is_left_out():
    people = make_people(np.random.default_rng(0), 4)
    people[0][:] = 60
    people[0][1] = 5  # outside
    people[1][2] = 0  # inside, unlabelled
    people[0][3, 1:] = 5  # one joint inside
    results = straight(people)
    assert len(results['people_keypoints']) == 2
    np.testing.assert_array_equal(
        results['people_visible'], [[1, 1, 1, 1, 1], [1, 0, 0, 0, 0]]
    )
    assert results['people_boxes'].shape == (2, 4)


def test_the_own_person_stays_even_with_nothing_in_the_crop():
    people = make_people(np.random.default_rng(0), 1)
    people[0][:] = 5
    assert straight(people)['people_visible'].tolist() == [[0] * 5]


def test_a_box_is_the_upright_hull_of_its_turned_corners():
    people = make_people(np.random.default_rng(0), 1)
    people[2][:] = [50, 40, 70, 46]
    results = make_results(people, 0, np.random.default_rng(0))
    results.update(
        bbox_center=np.float32([[60, 43]]),
        bbox_scale=np.float32([INPUT_SIZE]),
        bbox_rotation=np.float32([45]),
    )
    box = crop(results, flip=False)['people_boxes'][0]
    side = (20 + 6) / np.sqrt(2)
    np.testing.assert_allclose(box[2:] - box[:2], [side, side], atol=1e-3)
    np.testing.assert_allclose(
        (box[:2] + box[2:]) / 2, np.array(INPUT_SIZE) / 2, atol=1e-3
    )


@pytest.mark.parametrize('direction', ['vertical', 'diagonal'])
def test_other_flips_are_refused(direction):
    rng = np.random.default_rng(0)
    results = make_results(make_people(rng), 0, rng)
    results = RandomFlip(1.0, direction).transform(results)
    results = TopdownAffine(INPUT_SIZE).transform(results)
    with pytest.raises(ValueError, match='horizontal'):
        PeopleInCrop().transform(results)


def test_a_udp_setting_unlike_the_crops_is_refused():
    rng = np.random.default_rng(0)
    results = make_results(make_people(rng), 0, rng)
    results = TopdownAffine(INPUT_SIZE, use_udp=True).transform(results)
    with pytest.raises(ValueError, match='use_udp'):
        PeopleInCrop().transform(results)


def test_inputs_are_left_as_they_were():
    people = make_people(np.random.default_rng(0))
    copies = [part.copy() for part in people]
    crop(make_results(people, 0, np.random.default_rng(1)), flip=True)
    for part, copy in zip(people, copies):
        np.testing.assert_array_equal(part, copy)
