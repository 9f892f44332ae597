"""Every codec, loss and head that we register keeps its contract.

The cases lie in ``contract_cases``, keyed by the class's name in MMPose's
registry: a class of ours without a case fails, so nothing is added without
one.
"""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from contract_cases import merged  # noqa: E402
from mmpose.models.heads.base_head import BaseHead  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402

from mmpose_lightkpt.testing.codec_contract import CODEC_CHECKS  # noqa: E402
from mmpose_lightkpt.testing.head_contract import HEAD_CHECKS  # noqa: E402
from mmpose_lightkpt.testing.loss_contract import LOSS_CHECKS  # noqa: E402

pytestmark = pytest.mark.mmpose
NAME = pytest.mark.parametrize

CODECS, LOSSES, HEADS = map(merged, ('CODECS', 'LOSSES', 'HEADS'))


def ours(registry, wanted=lambda cls: True):
    """Names of the classes that this package has put into a registry."""
    return {
        name
        for name, cls in registry.module_dict.items()
        if cls.__module__.startswith('mmpose_lightkpt.') and wanted(cls)
    }


def flat(cases):
    """One parameter for each case of each class."""
    return [
        pytest.param(case, id=f'{name}-{i}')
        for name, some in cases.items()
        for i, case in enumerate(some)
    ]


def test_every_codec_has_a_case():
    assert ours(KEYPOINT_CODECS) == set(CODECS)


def test_every_loss_has_a_case():
    found = ours(MODELS, lambda cls: '.losses.' in cls.__module__)
    assert found == set(LOSSES)


def test_every_head_has_a_case():
    assert ours(MODELS, lambda cls: issubclass(cls, BaseHead)) == set(HEADS)


@NAME('check', CODEC_CHECKS, ids=lambda check: check.__name__)
@NAME('case', flat(CODECS))
def test_codec(case, check):
    check(case)


@NAME('check', LOSS_CHECKS, ids=lambda check: check.__name__)
@NAME('case', flat(LOSSES))
def test_loss(case, check):
    check(case)


@NAME('check', HEAD_CHECKS, ids=lambda check: check.__name__)
@NAME('case', flat(HEADS))
def test_head(case, check):
    check(case)
