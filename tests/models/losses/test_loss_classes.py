"""The classes around the formulas: weights, defaults, wrong arguments."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmpose_lightkpt.models.losses import functional  # noqa: E402

pytestmark = pytest.mark.mmpose


def inputs(channels):
    generator = torch.Generator().manual_seed(0)
    output, target = torch.rand(
        2, 2, 3 * channels, 5, 7, generator=generator
    ).unbind()
    return output, target, torch.ones(2, 3, 5, 7)


def test_foreground_mse_has_the_articles_factor_of_eight():
    loss = MODELS.build(dict(type='ForegroundMSELoss'))
    want = functional.foreground_mse(*inputs(1), foreground=8.0)
    torch.testing.assert_close(loss(*inputs(1)), want)


@pytest.mark.parametrize(
    'kind, channels',
    [
        ('ForegroundMSELoss', 1),
        ('PenaltyReducedFocalLoss', 1),
        ('MaskedL1Loss', 2),
    ],
)
def test_loss_weight_is_a_factor(kind, channels):
    one = MODELS.build(dict(type=kind))(*inputs(channels))
    some = MODELS.build(dict(type=kind, loss_weight=0.25))(*inputs(channels))
    torch.testing.assert_close(some, one / 4)


SIZE = (192, 256)
BONES = dict(type='BoneLengthLoss', input_size=SIZE)
OKS = dict(type='ExpectedOKSLoss', input_size=SIZE)
PAIR = [(0, 1)]


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(type='ForegroundMSELoss', foreground=-1), 'foreground.*-1'),
        (dict(type='ForegroundMSELoss', loss_weight=-2), 'loss_weight.*-2'),
        (dict(type='MaskedL1Loss', loss_weight=-3), 'loss_weight.*-3'),
        (dict(type='PenaltyReducedFocalLoss', alpha=-1), 'alpha.*-1'),
        (dict(type='PenaltyReducedFocalLoss', beta=-1), 'beta.*-1'),
        (dict(type='PenaltyReducedFocalLoss', loss_weight=-3), 'weight.*-3'),
        (dict(type='BinKLLoss', loss_weight=float('nan')), 'weight.*nan'),
        (dict(type='SafeRLELoss', loss_weight=-4), 'loss_weight.*-4'),
        (dict(type='SafeRLELoss', sigma_floor=0), 'sigma_floor.*got 0'),
        (dict(type='SafeRLELoss', sigma_floor=1.5), 'sigma_floor.*1.5'),
        (
            dict(type='SafeRLELoss', density='laplace'),
            "density.*mmpose, official, paper, got 'laplace'",
        ),
        (dict(type='DSNTLoss', loss_weight=-5), 'loss_weight.*-5'),
        (dict(type='DSNTLoss', kind='mse'), "kind.*js, kl, variance.*'mse'"),
        (dict(type='DSNTLoss', sigma_cells=1.0), 'sigma_cells.*kind js'),
        (
            dict(type='DSNTLoss', kind='variance', sigma_cells=(1, 0)),
            r'sigma_cells.*positive.*\(1, 0\)',
        ),
        (
            dict(type='DSNTLoss', kind='variance', sigma_cells=(1, 2, 3)),
            r'sigma_cells.*\(1, 2, 3\)',
        ),
        (OKS, 'one of sigmas and dataset.*None and None'),
        (dict(OKS, sigmas=[1], dataset='CocoDataset'), 'one of sigmas and'),
        (dict(OKS, dataset='NoDataset'), "registered.*'NoDataset'"),
        (dict(OKS, sigmas=[0.1, 0]), r'sigmas must be positive.*0.1, 0'),
        (dict(OKS, sigmas=[]), 'sigmas must be positive'),
        (dict(OKS, sigmas=[0.1], area_share=0), 'area_share.*0'),
        (dict(OKS, sigmas=[0.1], input_size=(0, 9)), r'input_size.*\(0, 9\)'),
        (dict(OKS, sigmas=[0.1], loss_weight=-6), 'loss_weight.*-6'),
        (BONES, 'one of links and dataset.*None and None'),
        (dict(BONES, links=PAIR, dataset='CocoDataset'), 'one of links and'),
        (dict(BONES, dataset='NoDataset'), "registered.*'NoDataset'"),
        (dict(BONES, links=[]), 'links must be pairs'),
        (dict(BONES, links=[(2, 2)]), r'links must be pairs.*\(2, 2\)'),
        (dict(BONES, links=[(0, 1, 2)]), r'links.*\(0, 1, 2\)'),
        (dict(BONES, links=[(0, -1)]), r'links.*\(0, -1\)'),
        (dict(BONES, links=PAIR, input_size=(9,)), r'input_size.*\(9,\)'),
        (dict(BONES, links=PAIR, loss_weight=-7), 'loss_weight.*-7'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=wrong['type'] + '.*' + words):
        MODELS.build(wrong)
