import math

import pytest

from mmpose_lightkpt.datasets.annotation_check import find_fault

IMAGE = dict(width=83, height=71)


def annotate(keypoints=(5, 7, 2, 11, 13, 1), bbox=(3, 5, 17, 19)):
    return dict(keypoints=list(keypoints), bbox=list(bbox))


def test_a_sound_annotation_has_no_fault():
    assert find_fault(annotate(), IMAGE, 2) is None


def test_an_unlabelled_joint_at_the_origin_is_no_fault():
    sound = annotate(keypoints=(0, 0, 0, 11, 13, 1))
    assert find_fault(sound, IMAGE, 2) is None


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, None, '3'])
def test_every_keypoint_must_be_a_finite_number(bad):
    for position in range(6):
        keypoints = annotate()['keypoints']
        keypoints[position] = bad
        fault = find_fault(annotate(keypoints), IMAGE, 2)
        assert 'not a finite number' in fault


@pytest.mark.parametrize('num_keypoints', [1, 3, 17])
def test_the_keypoint_list_must_be_three_times_as_long_as_the_joints(
    num_keypoints,
):
    fault = find_fault(annotate(), IMAGE, num_keypoints)
    assert f'3 x {num_keypoints}' in fault


@pytest.mark.parametrize(
    'bbox',
    [
        (3, 5, 0, 19),
        (3, 5, 17, 0),
        (3, 5, -17, 19),
        (90, 5, 17, 19),
        (3, -30, 17, 19),
    ],
)
def test_a_box_must_have_area_inside_the_image(bbox):
    assert 'box without area' in find_fault(annotate(bbox=bbox), IMAGE, 2)


def test_a_box_must_be_four_finite_numbers():
    assert 'finite' in find_fault(
        annotate(bbox=(3, 5, math.nan, 19)), IMAGE, 2
    )
    assert 'four' in find_fault(annotate(bbox=(3, 5, 17)), IMAGE, 2)
    assert 'four' in find_fault(dict(keypoints=[1] * 6), IMAGE, 2)
