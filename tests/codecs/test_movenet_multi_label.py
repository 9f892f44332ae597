"""The codec of several people as MMPose calls it."""

import json

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmpose_lightkpt.deploy.decoders import decode_people  # noqa: E402

pytestmark = pytest.mark.mmpose
K, W, H = 5, 116, 76  # 29 x 19 cells of 4 px
MAPS = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
MAPS += ('box_offsets', 'box_sizes')


def make(**kwargs):
    kwargs.setdefault('input_size', (W, H))
    return KEYPOINT_CODECS.build(dict(type='MoveNetMultiLabel', **kwargs))


def pair(seed=0):
    """One person left and one right."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((8, 8), (45, H - 9), (2, K, 2))
    points[1, :, 0] += 60
    return points


def there_and_back(codec, points, *args):
    encoded = codec.encode(points, *args)
    return codec.decode(*(encoded[key] for key in MAPS))


@pytest.mark.parametrize('preset', ['official', 'article'])
@pytest.mark.parametrize('stride', [2, 4])
@pytest.mark.parametrize('with_boxes', [True, False])
@pytest.mark.parametrize('seed', range(4))
def test_both_come_back_with_their_boxes(preset, stride, with_boxes, seed):
    points = pair(seed)
    boxes = np.c_[points.min(1) - 7, points.max(1) + 6] if with_boxes else None
    people = there_and_back(
        make(preset=preset, stride=stride), points, None, boxes
    )
    order = people.keypoints[:, 0, 0].argsort()
    np.testing.assert_allclose(people.keypoints[order], points, atol=2e-4)
    if boxes is None:
        boxes = np.c_[points.min(1) - stride, points.max(1) + stride]
    want = np.clip(boxes, 0, [W, H, W, H])
    np.testing.assert_allclose(people.boxes[order], want, atol=2e-4)


def test_an_unlabelled_person_is_neither_drawn_nor_a_negative():
    points, visible = pair(), np.ones((2, K))
    visible[1] = 0
    boxes = np.c_[points.min(1), points.max(1)]
    got = make().encode(points, visible, boxes)
    assert not got['center_weights'].all()
    assert got['keypoint_weights'].tolist() == [[1] * K, [0] * K]
    people = there_and_back(make(), points, visible, boxes)
    np.testing.assert_allclose(people.keypoints, points[:1], atol=2e-4)


def test_an_image_of_nobody_has_targets_and_no_person():
    codec = make()
    for boxes in (None, np.zeros((0, 4))):
        people = there_and_back(codec, np.zeros((0, K, 2)), None, boxes)
        assert people.keypoints.shape == (0, K, 2)


def test_boxes_of_corners_are_refused_with_what_mends_it():
    with pytest.raises(ValueError, match=r'\(2, 4\).*bbox_keep_corner=False'):
        make().encode(pair(), None, np.zeros((2, 4, 2)))


def maps(num=2):
    rng = np.random.default_rng(0)
    made = [rng.random((num, c, 19, 29)) for c in (1, K, 2 * K, 2 * K, 2, 2)]
    made[5] *= 20
    return [m.astype(np.float32) for m in made]


def test_tensors_and_arrays_decode_alike_and_one_by_one():
    codec, arrays = make(), maps()
    tensors = [torch.from_numpy(m).requires_grad_() for m in arrays]
    together = codec.batch_decode(*tensors)
    for i, people in enumerate(together):
        alone = codec.decode(*(m[i] for m in arrays))
        assert len(alone.keypoints)
        for one, other in zip(people, alone):
            np.testing.assert_array_equal(one, other)


def test_what_the_board_is_told_decodes_alike():
    codec = make(max_people=3, min_center=0.95, gaussian_ratio=0.2)
    spec = json.loads(json.dumps(codec.decode_spec))
    keypoints, scores = decode_people(spec, maps())
    assert keypoints.shape == (2, 3, K, 2)
    for i, people in enumerate(codec.batch_decode(*maps())):
        count = len(people.scores)
        np.testing.assert_array_equal(keypoints[i, :count], people.keypoints)
        assert scores[i].any(-1).sum() == count


@pytest.mark.parametrize('wrong', range(6))
@pytest.mark.parametrize('fault', ['channels', 'grid', 'nan'])
def test_maps_that_do_not_fit_are_refused(wrong, fault):
    arrays = maps()
    changed = dict(
        channels=lambda m: np.concatenate([m, m[:, :1]], 1),
        grid=lambda m: m[..., :-1],
        nan=lambda m: np.where(m > m.mean(), np.nan, m),
    )
    arrays[wrong] = changed[fault](arrays[wrong])
    with pytest.raises(ValueError, match='MoveNet(Multi)?Label: '):
        make().batch_decode(*arrays)


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(max_people=0), 'max_people.*got 0'),
        (dict(min_center=0.0), 'min_center.*got 0.0'),
        (dict(min_center=1.5), 'min_center.*at most 1, got 1.5'),
        (dict(gaussian_ratio=-0.3), 'gaussian_ratio.*-0.3'),
        (dict(distance_offset=1.8), 'distance_offset.*gaussian_ratio'),
        (dict(input_size=(190, 192)), r'multiples of the stride'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)
