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
    'kind, channels', [('ForegroundMSELoss', 1), ('MaskedL1Loss', 2)]
)
def test_loss_weight_is_a_factor(kind, channels):
    one = MODELS.build(dict(type=kind))(*inputs(channels))
    some = MODELS.build(dict(type=kind, loss_weight=0.25))(*inputs(channels))
    torch.testing.assert_close(some, one / 4)


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(type='ForegroundMSELoss', foreground=-1), 'foreground.*-1'),
        (dict(type='ForegroundMSELoss', loss_weight=-2), 'loss_weight.*-2'),
        (dict(type='MaskedL1Loss', loss_weight=-3), 'loss_weight.*-3'),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        MODELS.build(wrong)
