"""RLE's head beyond the contract that all heads keep."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.models.heads import RLEHead  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from torch import nn  # noqa: E402

pytestmark = pytest.mark.mmpose
K, C, SIZE = 3, 7, (48, 64)
CODEC = dict(type='RegressionLabel', input_size=SIZE)
HALF_PIXEL = dict(
    type='IntegralRLELabel', input_size=SIZE, heatmap_size=(12, 16)
)


def make(**kwargs):
    torch.manual_seed(0)
    settings = dict(in_channels=C, num_keypoints=K, decoder=CODEC)
    settings.update(kwargs)
    head = MODELS.build(dict(type='LightRLEHead', **settings))
    head.init_weights()
    return head


def features(num=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(num, C, generator=generator),)


def sample(codec=CODEC, points=((5, 7), (40, 20), (31, 50)), seen=(1, 1, 1)):
    codec = KEYPOINT_CODECS.build(codec)
    encoded = codec.encode(
        np.array([points], np.float32), np.array([seen], np.float32)
    )
    result = PoseDataSample(
        metainfo=dict(flip_indices=[0, 2, 1], input_size=SIZE)
    )
    result.gt_instance_labels = InstanceData(
        keypoint_labels=torch.from_numpy(encoded['keypoint_labels']),
        keypoint_weights=torch.from_numpy(encoded['keypoint_weights']),
    )
    return result


# What comes out ----------------------------------------------------------


def test_without_a_floor_the_answers_are_mmposes():
    """The floor aside, it is MMPose's network and its codec's decode."""
    head = make().eval()
    theirs = RLEHead(C, K, decoder=CODEC).eval()
    theirs.load_state_dict(head.state_dict(), strict=False)
    want = theirs.predict(features(), None)
    floor = head.loss_module.sigma_floor
    for a, b in zip(head.predict(features(), None), want):
        np.testing.assert_allclose(a.keypoints, b.keypoints, rtol=1e-6)
        np.testing.assert_allclose(
            a.keypoint_scores, (1 - floor) * b.keypoint_scores, rtol=1e-6
        )


def test_the_codec_says_where_a_pixels_centre_is():
    feats = features()
    whole = make().eval().predict(feats, None)
    half = make(decoder=HALF_PIXEL).eval().predict(feats, None)
    for a, b in zip(whole, half):
        np.testing.assert_allclose(
            b.keypoints, a.keypoints - 0.5, rtol=0, atol=1e-5
        )


def test_a_board_decodes_with_the_same_lines():
    from mmpose_lightkpt.deploy.decoders import decode

    for codec in (CODEC, HALF_PIXEL):
        head = make(decoder=codec).eval()
        raw = head(features()).detach().numpy()
        keypoints, scores = decode(head.decode_spec, [raw])
        preds = head.predict(features(), None)
        for n, pred in enumerate(preds):
            assert (pred.keypoints[0] == keypoints[n]).all()
            assert (pred.keypoint_scores[0] == scores[n]).all()


def test_a_network_that_diverged_is_named():
    with pytest.raises(ValueError, match='network diverged'):
        make().eval().predict((features()[0] * float('nan'),), None)


def test_features_that_are_not_pooled_are_named():
    with pytest.raises(ValueError, match=r'7.*\(2, 7, 4, 3\).*GlobalAverage'):
        make()((torch.zeros(2, C, 4, 3),))


# Loss --------------------------------------------------------------------


def test_the_loss_is_the_modules_with_sigmas_after_the_sigmoid():
    head = make().eval()
    samples = [sample(), sample(seen=(0, 1, 1))]
    output = head(features())
    labels = [one.gt_instance_labels for one in samples]
    want = head.loss_module(
        output[..., :2],
        output[..., 2:].sigmoid(),
        torch.cat([label.keypoint_labels for label in labels]),
        torch.cat([label.keypoint_weights for label in labels]),
    )
    got = head.loss(features(), samples)
    torch.testing.assert_close(got['loss_kpt'], want)


def test_acc_pose_is_the_share_within_a_twentieth():
    head = make().eval()
    nn.init.zeros_(head.fc.weight)
    truth = sample().gt_instance_labels.keypoint_labels[0]
    # 0.04 along one axis is a hit, 0.06 is none.
    off = torch.tensor([[0.04, 0.0], [0.0, 0.0], [0.06, 0.0]])
    bias = torch.cat([truth + off, torch.zeros(K, 2)], -1)
    head.fc.bias.data = bias.flatten()
    losses = head.loss(features(1), [sample()])
    assert losses['acc_pose'].item() == pytest.approx(2 / 3)


@pytest.mark.parametrize('autocast', [False, True])
@pytest.mark.parametrize('logit', [-1e4, 0.0, 1e4])
def test_a_collapsing_sigma_stays_finite(autocast, logit):
    """Also with all joints on one point, and with nothing visible."""
    head = make()
    head.fc.bias.data.view(K, 4)[:, 2:] = logit
    samples = [sample(points=((5, 7),) * K), sample(seen=(0, 0, 0))]
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        losses = head.loss(features(), samples)
    losses['loss_kpt'].backward()
    assert torch.isfinite(losses['loss_kpt'])
    for parameter in head.parameters():
        assert torch.isfinite(parameter.grad).all()


def test_hidden_joints_labels_do_not_matter_even_nan():
    head = make()
    plain, broken = sample(seen=(0, 1, 1)), sample(seen=(0, 1, 1))
    broken.gt_instance_labels.keypoint_labels[0, 0] = float('nan')
    want, got = (
        head.loss(features(1), [one])['loss_kpt'] for one in (plain, broken)
    )
    assert torch.equal(want, got)
    got.backward()
    assert not head.fc.weight.grad.view(K, 4, C)[0].any()


def test_missing_weights_are_named():
    one = sample()
    del one.gt_instance_labels.keypoint_weights
    with pytest.raises(ValueError, match='no keypoint_weights.*encoder'):
        make().loss(features(1), [one])


def test_a_count_of_joints_other_than_the_datas_is_named():
    with pytest.raises(ValueError, match=r'num_keypoints is 5.*\(1, 3, 2\)'):
        make(num_keypoints=5).loss(features(1), [sample()])


# Checkpoints -------------------------------------------------------------


def old_checkpoint(head, prefix):
    """The state of MMPose 0.x: ``loss`` instead of ``loss_module``, and no
    version."""
    state = {
        prefix + name.replace('loss_module.', 'loss.'): value + 1
        for name, value in head.state_dict().items()
    }
    return state


@pytest.mark.parametrize('wrapper', ['', 'module.', 'model.', 'a.'])
def test_old_names_are_renamed_below_any_prefix(wrapper):
    """MMPose's hook strips letters: below ``model.head.`` it takes ``lo``
    off ``loss`` too and leaves the flow's weights under their old names."""

    def nest(inner):
        outer = nn.Module()
        outer.head = inner
        for name in reversed(wrapper.split('.')[:-1]):
            wrapped = nn.Module()
            wrapped.add_module(name, outer)
            outer = wrapped
        return outer

    head = make()
    state = old_checkpoint(head, wrapper + 'head.')
    state[wrapper + 'head_loss.loss.weight'] = torch.zeros(1)
    wanted = {name: v + 1 for name, v in head.state_dict().items()}
    keys = nest(head).load_state_dict(dict(state), strict=False)
    assert not keys.missing_keys
    assert keys.unexpected_keys == [wrapper + 'head_loss.loss.weight']
    for name, value in wanted.items():
        torch.testing.assert_close(head.state_dict()[name], value)

    theirs = RLEHead(C, K)
    lost = nest(theirs).load_state_dict(dict(state), strict=False).missing_keys
    flow = sum('flow' in name for name in theirs.state_dict())
    assert len(lost) == (flow if wrapper in ('module.', 'model.') else 0)


def test_new_checkpoints_are_left_alone():
    head, other = make(), make()
    state = head.state_dict()
    other.load_state_dict(state)
    assert list(other.state_dict()) == list(state)


# Arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(num_keypoints=0), 'num_keypoints.*0'),
        (dict(in_channels=2.5), 'in_channels.*2.5'),
        (dict(loss=dict(type='RLELoss')), 'SafeRLELoss, got RLELoss'),
        (
            dict(
                decoder=dict(
                    type='MSRAHeatmap',
                    input_size=SIZE,
                    heatmap_size=(12, 16),
                    sigma=2,
                )
            ),
            "decoder.*'RegressionLabel'.*got MSRAHeatmap",
        ),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=f'LightRLEHead: .*{words}'):
        make(**wrong)
