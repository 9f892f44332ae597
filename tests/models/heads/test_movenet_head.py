"""MoveNet's head beyond the contract that all heads keep."""

import math

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from torch import nn  # noqa: E402

pytestmark = pytest.mark.mmpose
K, GW, GH, C = 3, 13, 11, 7  # 52 x 44 pixels
CODEC = dict(type='MoveNetLabel', input_size=(4 * GW, 4 * GH))
BRANCHES = ('center', 'heatmap', 'regression', 'offset')


def make(**kwargs):
    torch.manual_seed(0)
    settings = dict(in_channels=C, num_keypoints=K, hidden_channels=5)
    settings.update(decoder=CODEC)
    settings.update(kwargs)
    head = MODELS.build(dict(type='MoveNetHead', **settings))
    head.init_weights()
    return head


def features(num=2):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(num, C, GH, GW, generator=generator)]


def sample(codec, seed=0, visible=(1, 1, 1)):
    """A packed sample of one person whose box is known."""
    rng = np.random.default_rng(seed)
    points = rng.uniform((8, 8), (4 * GW - 9, 4 * GH - 9), (1, K, 2))
    visible = np.array([visible], float)
    box = np.array([[4.0, 4.0, 4 * GW - 5, 4 * GH - 5]])
    encoded = codec.encode(points, visible, points, visible, box)
    return PackPoseInputs()(
        dict(
            encoded,
            field_mapping_table=codec.field_mapping_table,
            label_mapping_table=codec.label_mapping_table,
            img=np.zeros((4 * GH, 4 * GW, 3), np.uint8),
            flip_indices=[0, 2, 1],
            input_size=codec.input_size,
        )
    )['data_samples']


# What comes out ----------------------------------------------------------


@pytest.mark.parametrize('soft_sign', [False, True])
@pytest.mark.parametrize('prior', [0.1, 0.5, 0.9])
def test_centre_and_heatmaps_begin_at_the_prior_and_vectors_at_zero(
    soft_sign, prior
):
    head = make(soft_sign=soft_sign, prior=prior).eval()
    with torch.no_grad():
        center, heatmap, regression, offset = head(features())
    for maps in (center, heatmap):
        assert (maps - prior).abs().max() < 0.01
        assert maps.std() > 0
    for maps in (regression, offset):
        assert maps.abs().max() < 0.05
        assert maps.std() > 0


@pytest.mark.parametrize('soft_sign', [False, True])
@pytest.mark.parametrize('logit', [-7.0, -0.25, 0.0, 3.0])
def test_the_sigmoid_is_part_of_forward(soft_sign, logit):
    """Hence of what is exported; of centre and heatmaps alone."""
    head = make(soft_sign=soft_sign).eval()
    for name in BRANCHES:
        nn.init.zeros_(getattr(head, name)[-1].weight)
        nn.init.constant_(getattr(head, name)[-1].bias, logit)
    want = (
        0.5 * logit / (1 + abs(logit)) + 0.5
        if soft_sign
        else 1 / (1 + math.exp(-logit))
    )
    with torch.no_grad():
        outputs = head(features())
    for maps, value in zip(outputs, (want, want, logit, logit)):
        torch.testing.assert_close(maps, torch.full_like(maps, value))


def test_each_branch_is_written_out_as_in_googles_graph():
    """Depthwise 3x3, 1x1 to the hidden width and ReLU, 1x1 with bias."""
    head, (x,) = make().eval(), features()
    depthwise, hidden, last = head.offset
    conv = nn.functional.conv2d
    with torch.no_grad():
        y = conv(x, depthwise.weight, depthwise.bias, padding=1, groups=C)
        y = torch.relu(conv(y, hidden.conv.weight) / (1 + 1e-5) ** 0.5)
        y = conv(y, last.weight, last.bias)
        torch.testing.assert_close(head([x])[3], y)


def test_no_activation_follows_a_depthwise_and_none_is_a_relu6():
    head = make()
    assert not [m for m in head.modules() if isinstance(m, nn.ReLU6)]
    for name in BRANCHES:
        depthwise, hidden, last = getattr(head, name)
        assert type(depthwise) is nn.Conv2d and depthwise.groups == C
        assert type(hidden.activate) is nn.ReLU
        assert type(last) is nn.Conv2d and last.bias is not None


# Prediction --------------------------------------------------------------


def test_flip_test_averages_points_and_scores_of_both_views():
    head = make().eval()
    feats, mirrored = features(), [features(4)[0][2:]]
    samples = [sample(head.decoder)] * 2
    with torch.no_grad():
        one = head.predict(feats, samples)
        two = head.predict(mirrored, samples)
        both = head.predict((feats, mirrored), samples, dict(flip_test=True))
    for a, b, got in zip(one, two, both):
        restored = b.keypoints[:, [0, 2, 1]]
        restored[..., 0] = 4 * GW - 1 - restored[..., 0]
        np.testing.assert_allclose(
            got.keypoints, (a.keypoints + restored) / 2, atol=1e-4
        )
        np.testing.assert_allclose(
            got.keypoint_scores,
            (a.keypoint_scores + b.keypoint_scores[:, [0, 2, 1]]) / 2,
            atol=1e-6,
        )
        assert got.keypoints.dtype == np.float32


def test_a_network_that_diverged_is_named():
    head = make().eval()
    feats = [features()[0] * float('nan')]
    with pytest.raises(ValueError, match='network diverged'):
        head.predict(feats, None)


# Loss --------------------------------------------------------------------


def test_samples_without_any_targets_are_told_which_they_lack():
    """As of a pipeline without GenerateTarget, for a student only."""
    with pytest.raises(ValueError, match='no center_heatmaps, heatmap_weig'):
        make().loss(features(1), [PoseDataSample()])


def test_losses_are_those_of_the_branches_against_their_targets():
    head = make(
        loss_center=dict(type='ForegroundMSELoss', loss_weight=0.5),
        loss_regression=dict(type='MaskedL1Loss', loss_weight=0.25),
    ).eval()
    samples = [sample(head.decoder, seed) for seed in range(2)]

    def gt(name):
        return torch.stack([s.gt_fields.get(name) for s in samples])

    with torch.no_grad():
        center, heatmap, regression, offset = head(features())
        got = head.loss(features(), samples)
        ones = torch.ones_like(center)
        mse = MODELS.build(dict(type='ForegroundMSELoss'))
        l1 = MODELS.build(dict(type='MaskedL1Loss'))
        want = dict(
            loss_center=0.5 * mse(center, gt('center_heatmaps'), ones),
            loss_heatmap=mse(heatmap, gt('heatmaps'), gt('heatmap_weights')),
            loss_regression=0.25
            * l1(regression, gt('regression'), gt('regression_weights')),
            loss_offset=l1(offset, gt('offsets'), gt('offset_weights')),
        )
    assert set(got) == set(want)
    for name, value in want.items():
        torch.testing.assert_close(got[name], value)


def test_a_person_without_a_label_does_not_teach_that_nobody_is_there():
    """Its centre is unknown, hence not a negative."""
    head = make().eval()
    nobody = sample(head.decoder, 1, (0, 0, 0))
    somebody = sample(head.decoder)
    (x,) = features(1)
    with torch.no_grad():
        alone = head.loss([x], [somebody])['loss_center']
        both = head.loss([torch.cat([x, x])], [somebody, nobody])
        none = head.loss([x], [nobody])
    torch.testing.assert_close(both['loss_center'], alone)
    assert none['loss_center'] == 0


def perfect(head, sample):
    """Outputs that equal the targets, for a head whose forward is told."""
    names = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
    return [sample.gt_fields.get(name)[None].clone() for name in names]


BONE = dict(type='BoneLengthLoss', input_size=(4 * GW, 4 * GH))


def test_bones_of_the_regressed_pose_have_their_length(monkeypatch):
    """Joint 1 regressed 3 cells too far along the only bone, in each cell
    round the centre: 3 of 13 cells of the longer side. Moving the whole pose
    costs nothing."""
    head = make(loss_bone=dict(BONE, links=[(0, 1)])).eval()
    one = sample(head.decoder)
    outputs = perfect(head, one)
    monkeypatch.setattr(head, 'forward', lambda feats: outputs)
    assert head.loss(features(1), [one])['loss_bone'] < 1e-6
    outputs[2] += 5
    assert head.loss(features(1), [one])['loss_bone'] < 1e-6
    counts = one.gt_fields.get('regression_weights').any(0)
    row, column = np.argwhere(counts.numpy())[0]
    bone = outputs[2][0, 2:4, row, column] - outputs[2][0, :2, row, column]
    step = 3 * bone / bone.norm()
    outputs[2][:, 2:4] += step.view(1, 2, 1, 1)
    got = head.loss(features(1), [one])['loss_bone']
    assert got.item() == pytest.approx(3 / GW, rel=1e-4)


def test_a_bone_with_a_hidden_end_and_a_batch_without_people_cost_nothing():
    head = make(loss_bone=dict(BONE, links=[(0, 1)])).eval()
    for visible in ((1, 0, 1), (0, 0, 0)):
        losses = head.loss(features(1), [sample(head.decoder, 1, visible)])
        assert losses['loss_bone'] == 0
        (grad,) = torch.autograd.grad(
            losses['loss_bone'], head.regression[-1].weight
        )
        assert not grad.any()


def test_learned_weights_begin_as_the_plain_sum_and_learn():
    """And a checkpoint keeps them."""
    fixed = make(loss_bone=dict(BONE, links=[(0, 1)])).eval()
    head = make(
        loss_bone=dict(BONE, links=[(0, 1)]), learn_weights=True
    ).eval()
    samples = [sample(head.decoder, seed) for seed in range(2)]
    want = fixed.loss(features(), samples)
    got = head.loss(features(), samples)
    for name in ('center', 'heatmap', 'regression', 'offset', 'bone'):
        value = got[f'loss_{name}']
        torch.testing.assert_close(value, want[f'loss_{name}'])
        torch.testing.assert_close(got[f'raw_{name}'], value.detach())
        # d/ds of e^-s L + s at 0
        (grad,) = torch.autograd.grad(value, head.log_vars[name])
        torch.testing.assert_close(grad, 1 - value.detach())
        assert f'log_vars.{name}' in head.state_dict()
    nobody = [sample(head.decoder, 1, (0, 0, 0))] * 2
    losses = head.loss(features(), nobody)
    for name in ('center', 'regression', 'offset', 'bone'):
        assert losses[f'loss_{name}'] == 0
        (grad,) = torch.autograd.grad(
            losses[f'loss_{name}'], head.log_vars[name]
        )
        assert grad == 0


def test_a_count_of_joints_other_than_the_datas_is_named():
    """As when LSP's 14 joints are fed to a head for COCO's 17."""
    head = make(num_keypoints=5)
    with pytest.raises(
        ValueError, match=r'MoveNetHead.*5 x 11 x 13.*3 x 11 x 13.*num_keyp'
    ):
        head.loss(features(1), [sample(head.decoder)])


def test_samples_of_another_codec_are_named():
    head = make()
    other = sample(head.decoder)
    del other.gt_fields.regression
    with pytest.raises(ValueError, match='regression.*MoveNetLabel'):
        head.loss(features(1), [other])


# Arguments ---------------------------------------------------------------


def test_a_pretrained_head_is_not_initialised_over(tmp_path):
    trained = make()
    nn.init.constant_(trained.center[-1].bias, 3.25)
    path = str(tmp_path / 'head.pth')
    torch.save(trained.state_dict(), path)
    head = make(init_cfg=dict(type='Pretrained', checkpoint=path))
    for name, value in trained.state_dict().items():
        torch.testing.assert_close(head.state_dict()[name], value)


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(num_keypoints=0), 'num_keypoints.*0'),
        (dict(num_keypoints=2.5), 'num_keypoints.*2.5'),
        (dict(in_channels=-1), 'in_channels.*-1'),
        (dict(hidden_channels=0), 'hidden_channels.*0'),
        (dict(prior=0), 'prior.*0'),
        (dict(prior=1.0), 'prior.*1.0'),
        (
            dict(
                decoder=dict(
                    type='MSRAHeatmap',
                    input_size=(52, 44),
                    heatmap_size=(13, 11),
                    sigma=2,
                )
            ),
            'decoder must be a MoveNetLabel, got MSRAHeatmap',
        ),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        make(**wrong)
