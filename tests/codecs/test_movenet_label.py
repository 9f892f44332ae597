"""MoveNet's codec as MMPose calls it; its contract is checked elsewhere."""

import json

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmpose_lightkpt.deploy.decoders import decode as board_decode  # noqa: E402

pytestmark = pytest.mark.mmpose
K, W, H = 5, 116, 76  # 29 x 19 cells of 4 px
MAPS = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')


def make(**kwargs):
    kwargs.setdefault('input_size', (W, H))
    return KEYPOINT_CODECS.build(dict(type='MoveNetLabel', **kwargs))


def person(seed=0, num=1, joints=K):
    rng = np.random.default_rng(seed)
    return rng.uniform((8, 8), (W - 9, H - 9), (num, joints, 2))


def there_and_back(codec, points):
    encoded = codec.encode(points)
    return codec.decode(*(encoded[key] for key in MAPS))[0]


# Encoding ----------------------------------------------------------------


@pytest.mark.parametrize('preset', ['official', 'article'])
@pytest.mark.parametrize('stride', [4, 8])
@pytest.mark.parametrize('size', [(88, 136), (168, 56)])
def test_any_size_and_stride_come_back(preset, stride, size):
    codec = make(input_size=size, stride=stride, preset=preset)
    rng = np.random.default_rng(stride)
    points = rng.uniform(10, np.array(size) - 11, (1, 7, 2))
    np.testing.assert_allclose(
        there_and_back(codec, points), points, rtol=0, atol=2e-4
    )


def test_settings_of_a_preset_can_be_replaced_one_by_one():
    codec = make(preset='article', regression_radius=2, min_sigma_cells=0.5)
    rules = codec.rules
    assert (rules.center, rules.kernel) == ('box', 'exponential')
    assert (rules.regression_radius, rules.offset_radius) == (2, 0)
    assert rules.min_sigma_cells == 0.5
    assert make().rules.center == 'keypoints'
    assert make(center='box', regression_radius=0).rules.center == 'box'


def test_everybody_is_drawn_and_the_own_person_weighed():
    own, other = person(1), person(2)
    people = np.concatenate([own, other])
    got = make().encode(own, np.ones((1, K)), people, np.ones((2, K)))
    for k in range(K):
        peaks = np.argwhere(got['heatmaps'][k] == 1)[:, ::-1].tolist()
        assert sorted(peaks) == sorted(np.rint(people[:, k] / 4).tolist())
    assert got['keypoint_weights'].tolist() == [[1] * K]


@pytest.mark.parametrize('boxes', [None, [[4.0, 4.0, 100.0, 70.0]] * 2])
def test_boxes_may_be_missing(boxes):
    people = person(3, 2)
    boxes = None if boxes is None else np.array(boxes)
    got = make().encode(people[:1], None, people, None, boxes)
    assert got['heatmap_weights'].all()


def test_boxes_are_read_in_input_pixels():
    """A hidden joint is ignored in cells 5..10 x 3..9 of 4 px."""
    visible = np.ones((1, K))
    visible[0, 0] = 0
    points = person(4)
    boxes = np.array([[20.0, 12.0, 40.0, 36.0]])
    got = make().encode(points, visible, points, visible, boxes)
    ignored = np.argwhere(~got['heatmap_weights'][0])
    assert ignored.min(0).tolist() == [3, 5]
    assert ignored.max(0).tolist() == [9, 10]


@pytest.mark.parametrize(
    'point, weight',
    [
        ((-0.5, 9), 1),
        ((-0.51, 9), 0),
        ((W - 0.51, 9), 1),
        ((W - 0.5, 9), 0),
        ((9, H - 0.51), 1),
        ((9, H - 0.5), 0),
    ],
)
def test_the_frame_ends_half_a_pixel_beyond_its_outer_pixels(point, weight):
    points = person(5)
    points[0, 2] = point
    assert make().encode(points)['keypoint_weights'][0, 2] == weight


def test_visibility_two_counts_as_one():
    got = make().encode(person(), np.full((1, K), 2.0))
    assert got['keypoint_weights'].tolist() == [[1] * K]


@pytest.mark.parametrize('where', ['own', 'other'])
def test_a_labelled_joint_at_nan_is_refused(where):
    people = person(6, 2)
    people[int(where == 'other'), 1, 0] = np.nan
    visible = np.ones((2, K))
    with pytest.raises(ValueError, match='finite.*visibility 0'):
        make().encode(people[:1], visible[:1], people, visible)


def test_people_of_another_count_of_joints_are_refused():
    with pytest.raises(ValueError, match=r'people_keypoints.*\(2, 7, 2\)'):
        make().encode(person(), None, person(0, 2, 7), np.ones((2, 7)))


def test_people_whose_visibility_is_of_another_shape_are_refused():
    people = person(0, 2)
    with pytest.raises(ValueError, match=r'people_visible.*\(1, 5\)'):
        make().encode(people[:1], None, people, np.ones((1, K)))


def test_stds_of_another_count_of_joints_are_refused():
    codec = make(keypoint_stds=[0.5] * 7)
    with pytest.raises(ValueError, match='stds must be 5'):
        codec.encode(person())


# Decoding ----------------------------------------------------------------


def maps(num=3, grid=(29, 19), joints=K):
    rng = np.random.default_rng(0)
    shape = grid[::-1]
    return [
        rng.random((num, c, *shape)).astype(np.float32)
        for c in (1, joints, 2 * joints, 2 * joints)
    ]


def test_tensors_and_arrays_decode_alike():
    codec, arrays = make(), maps()
    tensors = [torch.from_numpy(m).requires_grad_() for m in arrays]
    for one, other in zip(
        codec.batch_decode(*arrays), codec.batch_decode(*tensors)
    ):
        assert isinstance(one, list) and len(one) == 3
        np.testing.assert_array_equal(one, other)


def test_half_precision_is_decoded_in_single():
    codec = make()
    tensors = [torch.from_numpy(m).bfloat16() for m in maps()]
    keypoints, _ = codec.batch_decode(*tensors)
    want, _ = codec.batch_decode(*(t.float() for t in tensors))
    np.testing.assert_array_equal(keypoints, want)


def test_one_image_decodes_as_in_a_batch():
    codec, arrays = make(), maps()
    keypoints, scores = codec.batch_decode(*arrays)
    for i in range(3):
        one = codec.decode(*(m[i] for m in arrays))
        np.testing.assert_array_equal(one[0], keypoints[i])
        np.testing.assert_array_equal(one[1], scores[i])
        assert one[0].shape == (1, K, 2) and one[1].shape == (1, K)


def test_what_the_board_is_told_decodes_alike():
    """``decode_spec`` survives JSON and holds all that matters."""
    codec = make(stride=4, distance_offset=1.25)
    spec = json.loads(json.dumps(codec.decode_spec))
    arrays = maps(1)
    keypoints, scores = board_decode(spec, arrays)
    want = codec.batch_decode(*arrays)
    np.testing.assert_array_equal(keypoints[:, None], want[0])
    np.testing.assert_array_equal(scores[:, None], want[1])
    other = make(stride=4).batch_decode(*arrays)
    assert (np.array(other[0]) != want[0]).any()


@pytest.mark.parametrize('wrong', range(4))
@pytest.mark.parametrize('fault', ['channels', 'grid', 'batch', 'rank'])
def test_maps_that_do_not_fit_are_refused(wrong, fault):
    arrays = maps()
    changed = dict(
        channels=lambda m: np.concatenate([m, m[:, :1]], 1),
        grid=lambda m: m[..., :-1],
        batch=lambda m: m[:-1],
        rank=lambda m: m[0],
    )
    arrays[wrong] = changed[fault](arrays[wrong])
    with pytest.raises(ValueError, match='MoveNetLabel: expected centre'):
        make().batch_decode(*arrays)


@pytest.mark.parametrize('value', [np.nan, np.inf])
@pytest.mark.parametrize('wrong', range(4))
def test_maps_of_a_network_that_diverged_are_refused(wrong, value):
    arrays = maps()
    arrays[wrong][1, 0, 3, 7] = value
    with pytest.raises(ValueError, match='NaN or infinity'):
        make().batch_decode(*arrays)


# Arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(input_size=(190, 192)), r'multiples of the stride.*\(190, 192'),
        (dict(input_size=(192, 190)), r'multiples of the stride.*\(192, 190'),
        (dict(input_size=(192, 192), stride=5), 'stride 5'),
        (dict(input_size=(0, 192)), r'multiples of the stride'),
        (dict(input_size=(192,)), r'two multiples'),
        (dict(stride=0), 'stride 0'),
        (dict(stride=-4), 'stride -4'),
        (dict(preset='google'), "preset.*official.*'google'"),
        (dict(center='head'), "center must be.*'head'"),
        (dict(kernel='box'), "kernel must be.*'box'"),
        (dict(regression_radius=-1), 'regression_radius.*-1'),
        (dict(offset_radius=-2), 'offset_radius.*-2'),
        (dict(min_sigma_cells=-0.5), 'min_sigma_cells.*-0.5'),
        (dict(distance_offset=0), 'distance_offset.*0'),
        (dict(keypoint_stds=[0.5, 0.0]), r'keypoint_stds.*\[0.5, 0.0\]'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)
