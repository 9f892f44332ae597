"""Sums of losses: what each term gets, what is logged, who is to blame."""

import math

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.model import BaseModel  # noqa: E402
from mmpose.models.losses import SmoothL1Loss  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.models.losses import functional  # noqa: E402

pytestmark = pytest.mark.mmpose
N, K, H, W = 3, 5, 7, 11
RLE, DSNT = dict(type='SafeRLELoss'), dict(type='DSNTLoss')
SMOOTH = dict(type='SmoothL1Loss', use_target_weight=True)
COMPOSITES = ['RLEDSNTLoss', 'AutomaticWeightedLoss']


def scene():
    """What the head says, the truth, and weights with three joints hidden."""
    generator = torch.Generator().manual_seed(0)

    def maps():
        logits = torch.randn(N, K, H * W, generator=generator)
        return logits.softmax(-1).unflatten(2, (H, W))

    points, sigmas, truth = torch.rand(3, N, K, 2, generator=generator)
    weight = torch.ones(N, K)
    weight[0, 1] = weight[2, 3] = weight[2, 4] = 0
    pred = dict(keypoints=points, sigmas=sigmas, heatmaps=maps())
    return pred, dict(keypoints=truth, heatmaps=maps()), weight


def test_each_term_has_its_name_and_its_weight():
    terms = dict(
        rle=dict(RLE, loss_weight=0.1),
        shape=dict(DSNT, loss_weight=2.0),
        oks=dict(
            type='ExpectedOKSLoss', input_size=(55, 42), sigmas=[0.1] * K
        ),
        bones=dict(
            type='BoneLengthLoss', input_size=(55, 42), links=[(0, 1), (1, 2)]
        ),
    )
    loss = MODELS.build(dict(type='RLEDSNTLoss', terms=terms))
    pred, truth, weight = scene()
    points, maps = pred['keypoints'], pred['heatmaps']
    flow = loss.terms['rle']
    expected = dict(
        loss_rle=flow(points, pred['sigmas'], truth['keypoints'], weight),
        loss_shape=loss.terms['shape'](maps, truth['heatmaps'], weight),
        loss_oks=loss.terms['oks'](maps, truth['keypoints'], weight),
        loss_bones=loss.terms['bones'](points, truth['keypoints'], weight),
    )
    assert loss(pred, truth, weight) == expected
    flow.loss_weight = 1.0
    whole = loss(pred, truth, weight)['loss_rle']
    torch.testing.assert_close(expected['loss_rle'], 0.1 * whole)


def test_rle_and_dsnt_are_the_terms_by_default():
    loss = MODELS.build(dict(type='RLEDSNTLoss'))
    assert list(loss(*scene())) == ['loss_rle', 'loss_dsnt']
    assert loss.takes.pred == ('heatmaps', 'keypoints', 'sigmas')
    assert loss.takes.target == ('heatmaps', 'keypoints')


def test_a_term_asks_for_no_more_than_it_takes():
    terms = dict(coord=SMOOTH)
    loss = MODELS.build(dict(type='RLEDSNTLoss', terms=terms))
    assert loss.takes.pred == loss.takes.target == ('keypoints',)
    pred, truth, weight = scene()
    points = dict(keypoints=pred['keypoints'])
    assert loss(points, truth, weight) == loss(pred, truth, weight)


@pytest.mark.parametrize(
    'kind, per_joint',
    [
        ('L1Loss', lambda d: d.mean(-1)),
        ('MSELoss', lambda d: d.square().mean(-1)),
        ('SmoothL1Loss', lambda d: d.square().mean(-1) / 2),
        ('SoftWeightSmoothL1Loss', lambda d: d.square().mean(-1) / 2),
        ('WingLoss', lambda d: (10 * (1 + d / 2).log()).sum(-1)),
        ('SoftWingLoss', lambda d: d.sum(-1)),
    ],
)
@pytest.mark.parametrize('weighted', [True, False])
def test_mmposes_coordinate_losses_are_means_over_visible_joints(
    kind, per_joint, weighted
):
    """All distances are under 1, where each has its first branch."""
    term = dict(type=kind, use_target_weight=weighted)
    loss = MODELS.build(dict(type='RLEDSNTLoss', terms=dict(coord=term)))
    pred, truth, weight = scene()
    distance = (pred['keypoints'] - truth['keypoints']).abs()
    truth['keypoints'][weight == 0] = float('nan')
    torch.testing.assert_close(
        loss(pred, truth, weight)['loss_coord'],
        per_joint(distance)[weight > 0].mean(),
    )


def test_alone_they_are_means_over_all_joints():
    """3 of 15 hidden: MMPose's head gets 12 / 15 of the loss."""
    pred, truth, weight = scene()
    alone = SmoothL1Loss(use_target_weight=True)
    loss = MODELS.build(dict(type='RLEDSNTLoss', terms=dict(coord=SMOOTH)))
    torch.testing.assert_close(
        alone(pred['keypoints'], truth['keypoints'], weight),
        loss(pred, truth, weight)['loss_coord'] * 12 / 15,
    )


@pytest.mark.parametrize('kind', COMPOSITES)
@pytest.mark.parametrize(
    'terms, words',
    [
        ({}, 'terms must name a loss'),
        (dict(rle=dict(type='RLELos')), "rle of type 'RLELos'.*registered"),
        (dict(map=dict(type='KeypointMSELoss')), 'KeypointMSELoss.*takes'),
        (dict(c=dict(type='L1Loss', reduction='sum')), "of c.*'sum'"),
        ({'a.b': RLE}, "identifier.*'a.b'"),
        (dict(oks_loss=RLE), "without 'loss'.*'oks_loss'"),
        (dict(type=RLE), "none of torch's, got 'type'"),
    ],
)
def test_wrong_terms_are_named(kind, terms, words):
    with pytest.raises(ValueError, match=f'{kind}.*{words}'):
        MODELS.build(dict(type=kind, terms=terms))


@pytest.mark.parametrize('kind', COMPOSITES)
def test_what_the_head_does_not_say_is_named(kind):
    loss = MODELS.build(dict(type=kind, terms=dict(rle=RLE, dsnt=DSNT)))
    pred, truth, weight = scene()
    del pred['sigmas']
    with pytest.raises(
        ValueError,
        match=rf'{kind}: rle \(SafeRLELoss\) takes sigmas of the pred, '
        'which has heatmaps, keypoints',
    ):
        loss(pred, truth, weight)
    pred, truth, weight = scene()
    with pytest.raises(ValueError, match='dsnt.*heatmaps of the target'):
        loss(pred, dict(keypoints=truth['keypoints']), weight)
    with pytest.raises(ValueError, match='weight'):
        loss(pred, truth, None)


class Constant(nn.Module):
    """A term that is whatever it is set to."""

    takes = MODELS.get('DSNTLoss').takes

    def forward(self, heatmaps, target, weight):
        return self.value * (weight > 0).any()


def constants(**values):
    """An AutomaticWeightedLoss of constants."""
    terms = {name: DSNT for name in values}
    loss = MODELS.build(dict(type='AutomaticWeightedLoss', terms=terms))
    for name, value in values.items():
        loss.terms[name] = Constant()
        loss.terms[name].value = torch.tensor(value)
    return loss


def descend(loss, steps, rate):
    """Gradient descent on the weights alone; what was logged last."""
    optimizer = torch.optim.SGD(loss.log_vars.parameters(), rate)
    for _ in range(steps):
        optimizer.zero_grad()
        values = loss(*scene())
        sum(v for name, v in values.items() if 'loss' in name).backward()
        optimizer.step()
    return loss(*scene())


def test_the_weights_of_positive_terms_rest_at_one_over_them():
    """And the plain sum is where they start."""
    loss = constants(big=4.0, small=0.25)
    start = loss(*scene())
    assert start['loss_big'] == 4 and start['loss_small'] == 0.25
    end = descend(loss, 200, 0.3)
    assert end['weight_big'].item() == pytest.approx(1 / 4, rel=1e-3)
    assert end['weight_small'].item() == pytest.approx(4, rel=1e-3)
    assert end['raw_big'] == 4 and end['raw_small'] == 0.25
    # e^-s L + s at s = log L
    assert end['loss_big'].item() == pytest.approx(1 + math.log(4), rel=1e-3)


def test_a_negative_term_pins_its_weight_and_lets_it_come_back():
    """Kendall's s by itself falls without end: after as many steps of the
    same descent its weight is infinite."""
    loss = constants(rle=-2.0)
    free, rate = 0.0, 0.1
    for _ in range(50):
        free -= rate * (1 + 2 * math.exp(min(-free, 700)))
    assert math.exp(min(-free, 709)) > 1e300
    end = descend(loss, 50, rate)
    assert 15 < end['weight_rle'] <= math.exp(3)
    assert end['loss_rle'].isfinite()
    loss.terms['rle'].value = torch.tensor(2.0)
    back = descend(loss, 500, rate)
    assert back['weight_rle'].item() == pytest.approx(1 / 2, rel=1e-2)


def test_weights_learn_nothing_where_nothing_is_visible():
    loss = constants(rle=1.0)
    loss.log_vars['rle'].data.fill_(0.7)
    pred, truth, weight = scene()
    value = loss(pred, truth, weight * 0)['loss_rle']
    assert value == 0
    (grad,) = torch.autograd.grad(value, loss.log_vars['rle'])
    assert grad == 0


def test_only_the_weighted_terms_are_added_up():
    """MMEngine adds what has `loss` in its name, and logs the rest."""
    loss = MODELS.build(
        dict(type='AutomaticWeightedLoss', terms=dict(rle=RLE, dsnt=DSNT))
    )
    values = loss(*scene())
    total, logged = BaseModel.parse_losses(None, values)
    assert total == values['loss_rle'] + values['loss_dsnt']
    names = {f'{a}_{b}' for a in ('loss', 'raw', 'weight') for b in loss.terms}
    assert set(logged) == names | {'loss'}


class TwoProcesses:
    """torch.distributed as one of two sees it: the sum over both is known."""

    def __init__(self, count):
        self.count = count

    def is_available(self):
        return True

    is_initialized = is_available

    def get_world_size(self):
        return 2

    def all_reduce(self, tensor):
        tensor.fill_(self.count)


@pytest.mark.parametrize('seen_by_the_first', [5, 0])
def test_two_processes_give_the_mean_of_one(seen_by_the_first, monkeypatch):
    """Three joints hidden of the others; of the first, all but some."""
    terms = dict(rle=RLE, dsnt=DSNT, coord=SMOOTH)
    loss = MODELS.build(dict(type='AutomaticWeightedLoss', terms=terms))
    for parameter in loss.log_vars.values():
        nn.init.constant_(parameter, 0.6)
    pred, truth, weight = scene()
    weight[0] = torch.arange(K) < seen_by_the_first
    alone = loss(pred, truth, weight)
    fake = TwoProcesses(int(weight.sum()))
    monkeypatch.setattr(functional, 'dist', fake)
    first, second = (
        loss(
            {name: part[rows] for name, part in pred.items()},
            {name: part[rows] for name, part in truth.items()},
            weight[rows],
        )
        for rows in (slice(0, 1), slice(1, None))
    )
    for name in ('loss_rle', 'loss_dsnt', 'loss_coord'):
        mean = (first[name] + second[name]) / 2
        torch.testing.assert_close(mean, alone[name])


def test_log_vars_are_named_in_the_checkpoint():
    loss = constants(rle=1.0, dsnt=1.0)
    assert {'log_vars.rle', 'log_vars.dsnt'} <= set(loss.state_dict())


def test_the_bound_must_be_positive():
    with pytest.raises(ValueError, match='max_log_var must be positive.*0'):
        MODELS.build(
            dict(
                type='AutomaticWeightedLoss',
                terms=dict(rle=RLE),
                max_log_var=0,
            )
        )
