"""Integral regression's head: MMPose's beside it."""

import json

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from small_ipr import (  # noqa: E402
    DSNT,
    RLE,
    features,
    head,
    people,
    samples,
)

from mmpose_lightkpt.deploy import decoders  # noqa: E402

pytestmark = pytest.mark.mmpose

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
