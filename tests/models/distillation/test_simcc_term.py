"""Distributions over bins, learnt from another network's."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from small_networks import images, lively, network, view  # noqa: E402

from mmpose_lightkpt.models import SimCCTerm  # noqa: E402

pytestmark = pytest.mark.mmpose


def seen(size=(64, 96), seed=0, kind='simcc'):
    return view(lively(network(kind, size), seed), images(size=size))


def test_a_teacher_has_nothing_to_tell_itself():
    (value,) = dict(SimCCTerm()(seen(), seen(), [])).values()
    assert abs(value) < 1e-5


def test_it_is_the_divergence_of_both_axes_by_torchs_own():
    student, teacher = seen(seed=1), seen()
    term = SimCCTerm(beta=0.2, teacher_beta=0.1, loss_weight=3.0)
    found = dict(term(student, teacher, []))['bins']
    want = 0
    for ours, theirs in zip(student.outputs, teacher.outputs):
        p = torch.distributions.Categorical(logits=0.1 * theirs)
        q = torch.distributions.Categorical(logits=0.2 * ours)
        want += 3 * torch.distributions.kl_divergence(p, q).mean()
    torch.testing.assert_close(found, want)
    assert want > 0.001


def test_other_bins_and_other_heads_are_refused():
    for teacher in (seen(size=(96, 128)), seen(kind='movenet')):
        with pytest.raises(ValueError, match='SimCCTerm: both heads must'):
            list(SimCCTerm()(seen(), teacher, []))


def test_a_negative_argument_is_refused():
    with pytest.raises(ValueError, match='teacher_beta'):
        SimCCTerm(teacher_beta=-1)
