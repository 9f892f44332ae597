import numpy as np
import pytest

from mmpose_lightkpt.deploy.decoders import (
    decode,
    decode_margins,
    decode_people,
)
from mmpose_lightkpt.functional import movenet, movenet_multi

SPEC = dict(type='movenet', stride=[4, 2], distance_offset=1.8)


@pytest.fixture
def outputs():
    rng = np.random.default_rng(5)
    channels = (1, 3, 6, 6)
    return [
        rng.uniform(size=(2, c, 7, 11)).astype(np.float32) for c in channels
    ]


def test_a_spec_says_how_to_decode(outputs):
    expected = movenet.decode(*outputs, stride=(4, 2), distance_offset=1.8)
    for ours, theirs in zip(decode(SPEC, outputs), expected):
        np.testing.assert_array_equal(ours, theirs[:, 0])


def test_margins_take_the_same_spec(outputs):
    expected = movenet.decode_margins(*outputs, stride=(4, 2))
    np.testing.assert_array_equal(decode_margins(SPEC, outputs), expected)


def test_everybody_of_a_model_of_one_is_one(outputs):
    keypoints, scores = decode_people(SPEC, outputs)
    assert keypoints.shape == (2, 1, 3, 2) and scores.shape == (2, 1, 3)
    np.testing.assert_array_equal(decode(SPEC, outputs)[0], keypoints[:, 0])


def test_several_people_come_in_slots_and_the_first_alone(outputs):
    spec = dict(type='movenet_multi', stride=[4, 2], max_people=4)
    boxes = [np.zeros((2, 2, 7, 11), np.float32)]
    boxes += [np.full((2, 2, 7, 11), 30, np.float32)]
    keypoints, scores = decode_people(spec, outputs + boxes)
    want = movenet_multi.decode(*outputs, *boxes, stride=(4, 2), max_people=4)
    np.testing.assert_array_equal(keypoints, want[0])
    np.testing.assert_array_equal(scores, want[1])
    assert keypoints.shape == (2, 4, 3, 2) and scores[:, 0].any()
    first = decode(spec, outputs + boxes)
    np.testing.assert_array_equal(first[0], keypoints[:, 0])
    assert decode_margins(spec, outputs + boxes).shape == (2, 4, 3)


def test_the_spec_is_not_modified(outputs):
    spec = dict(SPEC)
    decode(spec, outputs)
    assert spec == SPEC


def test_an_unknown_type_is_named_with_the_known_ones(outputs):
    with pytest.raises(ValueError, match="'no_such'.*movenet"):
        decode(dict(type='no_such'), outputs)


def test_a_parameter_that_does_not_exist_is_named(outputs):
    with pytest.raises(ValueError, match='strides'):
        decode(dict(SPEC, strides=4), outputs)


def test_a_wrong_number_of_outputs_is_refused(outputs):
    with pytest.raises(ValueError, match='expected 4 outputs .*got 3'):
        decode(SPEC, outputs[:3])


def test_a_bare_backbone_finds_nothing_in_the_middle():
    spec = dict(type='none', num_keypoints=3, input_size=[11, 7])
    features = [np.ones((2, 5, 4, 4), np.float32)]
    keypoints, scores = decode(spec, features)
    assert keypoints.tolist() == [[[5, 3]] * 3] * 2
    assert scores.tolist() == [[0] * 3] * 2
    assert decode_margins(spec, features).tolist() == [[0] * 3] * 2
