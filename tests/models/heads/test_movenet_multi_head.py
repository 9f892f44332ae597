"""The head of several people beyond the contract that all heads keep."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

pytestmark = pytest.mark.mmpose
K, GW, GH, C = 3, 31, 13, 7  # 124 x 52 pixels
CODEC = dict(type='MoveNetMultiLabel', input_size=(4 * GW, 4 * GH))
MIRROR = [0, 2, 1]
MAPS = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
MAPS += ('box_offsets', 'box_sizes')


def make(**kwargs):
    torch.manual_seed(0)
    settings = dict(in_channels=C, num_keypoints=K, hidden_channels=5)
    settings.update(decoder=CODEC)
    settings.update(kwargs)
    head = MODELS.build(dict(type='MoveNetMultiHead', **settings))
    head.init_weights()
    return head


def pair(seed=0):
    """One person left and one right, in pixels."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((8, 8), (50, 4 * GH - 9), (2, K, 2))
    points[1, :, 0] += 62
    return points


def sample(codec, points, visible=None, boxes=None):
    encoded = codec.encode(points, visible, boxes)
    return PackPoseInputs()(
        dict(
            encoded,
            field_mapping_table=codec.field_mapping_table,
            label_mapping_table=codec.label_mapping_table,
            img=np.zeros((4 * GH, 4 * GW, 3), np.uint8),
            flip_indices=MIRROR,
            input_size=codec.input_size,
        )
    )['data_samples']


def perfect(head, points):
    """What a network that is right would return."""
    encoded = head.decoder.encode(points)
    return tuple(torch.from_numpy(encoded[key])[None] for key in MAPS)


def by_place(pred):
    return pred.keypoints[pred.keypoints[:, :, 0].mean(1).argsort()]


def test_untrained_boxes_are_of_sixteen_cells():
    head = make().eval()
    with torch.no_grad():
        *_, offset, size = head([torch.randn(2, C, GH, GW)])
    assert offset.abs().max() < 0.1 and (size - 16).abs().max() < 0.1


def test_predictions_are_what_mmpose_reads_of_several_instances():
    head, points = make(), pair()
    head.forward = lambda outputs: outputs
    (pred,) = head.predict(
        perfect(head, points), [sample(head.decoder, points)]
    )
    np.testing.assert_allclose(by_place(pred), points, atol=1e-3)
    assert pred.keypoint_scores.shape == (2, K)
    assert pred.bboxes.shape == (2, 4) and pred.bbox_scores.shape == (2,)
    for box, own in zip(pred.bboxes, pred.keypoints):
        assert (box[:2] < own).all() and (own < box[2:]).all()


@pytest.mark.parametrize('lost', [None, 0, 1, 'both'])
def test_the_flip_test_averages_each_with_its_own_mirror_image(lost):
    """Who is not in the mirror image stays as in the image."""
    head, points = make(), pair()
    moved = points + np.array([[[1.0, 0]], [[0, 2.0]]])
    mirrored = moved[:, MIRROR] * [-1, 1] + [4 * GW - 1, 0]
    head.forward = lambda outputs: outputs
    views = [perfect(head, points), perfect(head, mirrored)]
    want = (points + moved) / 2
    gone = {None: [], 0: [0], 1: [1], 'both': [0, 1]}[lost]
    for one in gone:  # the left person is on the right of the mirror image
        half = np.s_[GW // 2 :] if one == 0 else np.s_[: GW // 2]
        views[1][0][..., half] = 0
        want[one] = points[one]
    (pred,) = head.predict(
        views, [sample(head.decoder, points)], dict(flip_test=True)
    )
    np.testing.assert_allclose(by_place(pred), want, atol=1e-3)


def losses(head, samples):
    feats = [torch.randn(len(samples), C, GH, GW)]
    return head.loss(feats, samples)


def test_each_branch_has_its_loss():
    head = make()
    got = losses(head, [sample(head.decoder, pair())])
    assert set(got) == {f'loss_{name}' for name in head.branches}
    assert all(value > 0 for value in got.values())


def test_the_loss_of_boxes_is_a_mean_over_people():
    """0.1 (|dx| + |dy|) for each, by hand, where the outputs are 0."""
    head, points = make(), pair()
    for branch in (head.box_offset, head.box_size):
        torch.nn.init.zeros_(branch[-1].weight)
        torch.nn.init.zeros_(branch[-1].bias)
    boxes = np.array([[4.0, 4, 56, 48], [60.0, 8, 120, 44]])
    boxes[:, :2] = np.minimum(boxes[:, :2], points.min(1) - 4)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], points.max(1) + 4)
    got = losses(head, [sample(head.decoder, points, None, boxes)])
    size = (boxes[:, 2:] - boxes[:, :2]).sum(1).mean() / 4
    assert got['loss_box_size'].item() == pytest.approx(0.1 * size, rel=1e-5)


def test_an_image_of_nobody_teaches_that_there_is_no_centre():
    head = make()
    points, none = pair(), np.zeros((2, K))
    empty = sample(head.decoder, points[:0], none[:0])
    got = losses(head, [empty, empty])
    assert got['loss_center'] > 0 and got['loss_box_size'] == 0
    boxes = np.array([[-9.0, -9, 999, 999]] * 2)
    unknown = sample(head.decoder, points, none, boxes)
    assert losses(head, [unknown])['loss_center'] == 0


def test_the_decoder_must_be_of_several_people():
    one = dict(type='MoveNetLabel', input_size=(124, 52))
    with pytest.raises(ValueError, match='MoveNetMultiLabel, got MoveNetL'):
        make(decoder=one)


def test_a_checkpoint_of_one_person_fits_but_for_the_boxes():
    torch.manual_seed(0)
    one = MODELS.build(
        dict(
            type='MoveNetHead',
            in_channels=C,
            num_keypoints=K,
            hidden_channels=5,
        )
    )
    several = make()
    left = several.load_state_dict(one.state_dict(), strict=False)
    assert not left.unexpected_keys
    assert {key.split('.')[0] for key in left.missing_keys} == {
        'box_offset',
        'box_size',
    }
