"""Integral regression's head: MMPose's beside it, and what it refuses."""

import json

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from contract_cases.integral import HEADS  # noqa: E402
from mmengine.structures import InstanceData, PixelData  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmpose_lightkpt.deploy import decoders  # noqa: E402

pytestmark = pytest.mark.mmpose

DECODER = dict(
    type='IntegralRLELabel', input_size=(192, 256), heatmap_size=(6, 8)
)
RLE = dict(rle=dict(type='SafeRLELoss'))
DSNT = dict(dsnt=dict(type='DSNTLoss'))


def head(**kwargs):
    """K = 5 on 6 x 8 cells, 13 channels in."""
    torch.manual_seed(0)
    given = dict(in_channels=13, num_keypoints=5, decoder=DECODER)
    given.update(kwargs)
    return MODELS.build(dict(type='IPRHead', **given))


def features(num=2, seed=0, size=(8, 6)):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(num, 13, *size, generator=generator)]


def samples(points, visible=None, codec=None):
    """Packed samples, one person each, of points (N, K, 2)."""
    codec = codec or head().decoder
    packed = []
    for n, person in enumerate(points):
        given = None if visible is None else visible[n][None]
        encoded = codec.encode(person[None], given)
        sample = PoseDataSample()
        sample.gt_fields = PixelData(heatmaps=encoded.pop('heatmaps'))
        sample.gt_fields = sample.gt_fields.to_tensor()
        sample.gt_instance_labels = InstanceData(**encoded).to_tensor()
        packed.append(sample)
    return packed


def people(num=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(20, 170, (num, 5, 2))


# MMPose's own ---------------------------------------------------------------


@pytest.mark.parametrize('debias', [False, True])
@pytest.mark.parametrize('beta', [1.0, 10.0])
def test_the_mmpose_variant_is_mmposes_own(beta, debias):
    """In cells: MMPose's are j / n, ours (j + 0.5) / n."""
    theirs = MODELS.build(
        dict(
            type='IntegralRegressionHead',
            in_channels=13,
            in_featuremap_size=(6, 8),
            num_joints=5,
            debias=debias,
            beta=beta,
            deconv_out_channels=None,
        )
    ).double()
    kind = 'mmpose' if debias else 'none'
    ours = head(temperature=beta, debias=kind).double()
    ours.final.weight.data.copy_(theirs.final_layer.weight)
    if debias:
        ours.final.bias.data.copy_(theirs.final_layer.bias)
    feats = [feat.double() for feat in features()]
    with torch.no_grad():
        points, maps = theirs(feats)
        found, shares = ours._soft_argmax(ours(feats))
    cells = torch.tensor([6.0, 8.0])
    torch.testing.assert_close(found * cells - 0.5, points * cells)
    torch.testing.assert_close(shares, maps)


# Training -------------------------------------------------------------------


def test_losses_are_logged_by_name():
    batch = samples(people())
    for given, names in (
        (dict(), {'loss_kpt'}),
        (dict(sigma='gap'), {'loss_rle', 'loss_dsnt'}),
        (dict(loss=dict(type='RLEDSNTLoss', terms=DSNT)), {'loss_dsnt'}),
        (
            dict(sigma='gap', loss=dict(type='RLEDSNTLoss', terms=RLE)),
            {'loss_rle'},
        ),
    ):
        losses = head(**given).loss(features(), batch)
        assert set(losses) == names | {'acc_pose'}


def test_an_untrained_network_says_the_middle():
    built = head(sigma='gap')
    built.init_weights()
    for pred in built.predict(features(), None):
        np.testing.assert_allclose(
            pred.keypoints[0], np.full((5, 2), (95.5, 127.5)), atol=3
        )
        np.testing.assert_allclose(pred.keypoint_scores, 0.5, atol=0.05)


def test_acc_pose_is_the_share_of_joints_within_a_twentieth():
    built = head()
    torch.nn.init.zeros_(built.final.weight)  # all answers are the middle
    points = np.full((2, 5, 2), (95.5, 127.5))
    points[0, 1] += (9.5, 0)  # 0.0495 of the width
    points[0, 2] += (9.7, 0)  # 0.0505
    points[1, 3] += (0, 12.9)  # 0.0504 of the height
    accuracy = built.loss(features(), samples(points))['acc_pose']
    assert float(accuracy) == pytest.approx(0.8)


@pytest.mark.parametrize('debias', ['none', 'paper', 'floor', 'mmpose'])
@pytest.mark.parametrize('autocast', [False, True])
def test_degenerate_samples_stay_finite(debias, autocast):
    """Nothing visible, all joints at one point, sigma collapsing."""
    built = head(sigma='gap', debias=debias)
    built.init_weights()
    built.sigma[-1].bias.data.fill_(-200.0)
    points = people(3)
    points[1] = points[1, :1]
    visible = np.ones((3, 5))
    visible[0] = 0
    for scale in (0.0, 1.0, 1e4):
        built.zero_grad()
        feats = [feat * scale for feat in features(3)]
        with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
            losses = built.loss(feats, samples(points, visible))
        total = losses['loss_rle'] + losses['loss_dsnt']
        total.backward()
        assert torch.isfinite(total)
        for name, parameter in built.named_parameters():
            assert torch.isfinite(parameter.grad).all(), (name, scale)


def test_training_and_board_find_the_same_point():
    for debias in ('none', 'paper', 'floor', 'article', 'mmpose'):
        built = head(debias=debias)
        with torch.no_grad():
            points, _ = built._soft_argmax(built(features()))
        wanted = points.numpy() * (192, 256) - 0.5
        for pred, point in zip(built.predict(features(), None), wanted):
            np.testing.assert_allclose(pred.keypoints[0], point, atol=1e-3)


# Prediction -----------------------------------------------------------------


@pytest.mark.parametrize(
    'given',
    [
        dict(debias='floor'),
        dict(sigma='gap', debias='paper', temperature=3),
        dict(sigma='gap', score='product', max_floor_share=0.5),
    ],
)
def test_a_board_decodes_as_predict_does(given):
    built = head(**given).eval()
    spec = json.loads(json.dumps(built.decode_spec))
    with torch.no_grad():
        outputs = built(features())
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    keypoints, scores = decoders.decode(spec, [o.numpy() for o in outputs])
    margins = decoders.decode_margins(spec, [o.numpy() for o in outputs])
    assert np.isinf(margins).all() and margins.shape == (2, 5)
    for pred, k, s in zip(built.predict(features(), None), keypoints, scores):
        np.testing.assert_array_equal(pred.keypoints[0], k)
        np.testing.assert_array_equal(pred.keypoint_scores[0], s)


def test_scores_use_the_sigma_that_the_loss_has_trained():
    terms = dict(rle=dict(type='SafeRLELoss', sigma_floor=0.25))
    built = head(sigma='gap', loss=dict(type='RLEDSNTLoss', terms=terms))
    built.sigma[-1].bias.data.fill_(-200.0)
    (pred,) = built.predict(features(1), None)
    np.testing.assert_allclose(pred.keypoint_scores, 0.75)


def test_the_deployed_network_has_no_branch_that_nobody_asks():
    built = head(sigma='gap', score='peak')
    before = built.predict(features(), None)
    assert len(built(features())) == 2
    assert built.decode_spec['type'] == 'integral_sigma'
    built.switch_to_deploy({})
    assert isinstance(built(features()), torch.Tensor)
    assert built.decode_spec['type'] == 'integral'
    assert not any(name.startswith('sigma') for name in built.state_dict())
    for a, b in zip(before, built.predict(features(), None)):
        np.testing.assert_array_equal(a.keypoints, b.keypoints)
        np.testing.assert_array_equal(a.keypoint_scores, b.keypoint_scores)
    kept = head(sigma='gap', score='product')
    kept.switch_to_deploy()
    assert len(kept(features())) == 2


def test_the_maps_may_be_asked_for():
    preds, maps = head().predict(
        features(), None, test_cfg=dict(output_heatmaps=True)
    )
    assert len(preds) == len(maps) == 2
    for pred, field in zip(preds, maps):
        assert field.heatmaps.shape == (5, 8, 6)
        torch.testing.assert_close(field.heatmaps.sum((1, 2)), torch.ones(5))
        np.testing.assert_allclose(
            pred.keypoint_scores[0], field.heatmaps.amax((1, 2)), rtol=1e-5
        )


def test_a_diverged_network_is_reported():
    with pytest.raises(ValueError, match='diverged'):
        head().predict([features()[0] * float('nan')], None)


def test_scores_are_described():
    for score in ('sigma', 'peak', 'product'):
        assert score in type(head()).__doc__
    assert set(HEADS) == {'IPRHead'}


# What is refused ------------------------------------------------------------


@pytest.mark.parametrize(
    'given, said',
    [
        (dict(in_channels=0), 'in_channels must be a positive integer.*0'),
        (dict(num_keypoints=2.5), 'num_keypoints.*integer.*2.5'),
        (dict(temperature=0), 'temperature must be positive.*0'),
        (dict(temperature=float('nan')), 'temperature.*nan'),
        (dict(debias='mine'), 'debias must be one of.*floor.*mine'),
        (dict(sigma='conv'), "sigma must be one of.*'gap'.*conv"),
        (dict(score='luck'), 'score must be one of.*luck'),
        (dict(score='sigma'), "score must be 'peak' while sigma is 'none'"),
        (dict(max_floor_share=1.0), r'max_floor_share.*in \(0, 1\).*1.0'),
        (dict(heatmap_size=(8, 6)), r"heatmap_size.*decoder's, \(6, 8\)"),
        (dict(heatmap_size=(6, 1)), 'heatmap_size.*at least 2'),
        (dict(decoder=None), 'heatmap_size must be given'),
        (dict(num_upsamples=1), 'num_upsamples must be 0 while upsample is'),
        (dict(upsample='bilinear'), 'upsample must be one of.*bilinear'),
        (dict(upsample='deconv'), 'num_upsamples must be a positive'),
        (
            dict(upsample='deconv', num_upsamples=1),
            'in_channels must be divisible by upsample_groups, 16.*13',
        ),
        (
            dict(upsample='deconv', num_upsamples=2, upsample_groups=1),
            r'heatmap_size.*divisible by 2 \*\* num_upsamples, 4',
        ),
        (
            dict(decoder=dict(type='RegressionLabel', input_size=(192, 256))),
            'decoder must be an IntegralRLELabel.*RegressionLabel',
        ),
        (dict(loss=dict(type='SmoothL1Loss')), 'loss.*RLEDSNTLoss.*SmoothL1'),
        (dict(loss=dict(type='RLEDSNTLoss')), "sigma must be 'gap'"),
        (
            dict(sigma='gap', loss=dict(type='RLEDSNTLoss', terms=DSNT)),
            "sigma must be 'none'",
        ),
    ],
)
def test_a_wrong_argument_is_named(given, said):
    with pytest.raises(ValueError, match=f'IPRHead: {said}'):
        head(**given)


def test_a_backbone_of_another_stride_is_refused():
    with pytest.raises(ValueError, match=r'\(6, 8\).*\(12, 16\)'):
        head()(features(size=(16, 12)))


@pytest.mark.parametrize('lacking', ['keypoint_weights', 'keypoint_labels'])
def test_samples_without_their_labels_are_refused(lacking):
    batch = samples(people())
    for sample in batch:
        del sample.gt_instance_labels[lacking]
    with pytest.raises(ValueError, match=f'no {lacking}.*IntegralRLELabel'):
        head().loss(features(), batch)


def test_samples_of_another_codec_are_refused():
    batch = samples(people())
    for sample in batch:
        del sample.gt_fields
    with pytest.raises(ValueError, match='no heatmaps.*IntegralRLELabel'):
        head().loss(features(), batch)


def test_targets_of_another_size_are_refused():
    other = head(
        decoder=dict(DECODER, heatmap_size=(12, 16)),
    ).decoder
    batch = samples(people(), codec=other)
    with pytest.raises(ValueError, match='5 x 8 x 6.*5 x 16 x 12'):
        head().loss(features(), batch)
