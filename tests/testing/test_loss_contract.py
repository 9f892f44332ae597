"""The loss contract passes a right loss and finds each kind of wrong one."""

import pytest

torch = pytest.importorskip('torch')
from mmpose_lightkpt.testing.loss_contract import (  # noqa: E402
    LOSS_CHECKS,
    LossCase,
    LossInputs,
    by_joint,
)


def make(num, joints, generator):
    """Coordinates (N, 2K); the output is at least 1 from the target."""
    target = torch.randn(num, 2 * joints, generator=generator).double()
    output = target + 1 + torch.rand(target.shape, generator=generator)
    return LossInputs(output, target, torch.ones(num, joints).double())


def per_joint(output, target):
    """Squared distance of each joint, (N, K)."""
    return by_joint((output - target) ** 2).sum(-1)


def right(output, target, weight):
    return (per_joint(output, target) * weight).sum() / weight.sum().clamp(
        min=1
    )


def divides_by_all(output, target, weight):
    return (per_joint(output, target) * weight).mean()


def sums_over_the_batch(output, target, weight):
    return right(output, target, weight) * len(output)


def divides_by_nothing(output, target, weight):
    return (per_joint(output, target) * weight).sum() / weight.sum()


def ignores_the_weight(output, target, weight):
    return per_joint(output, target).mean()


def keeps_a_floor(output, target, weight):
    return right(output, target, weight) + 0.47


def prefers_a_joint(output, target, weight):
    scale = torch.arange(1, 6).to(output)
    return right(output, target, weight * scale)


def loses_the_gradient(output, target, weight):
    cut = output.clone()
    cut[:, :2] = output[:, :2].detach()
    return right(cut, target, weight)


def has_a_wrong_gradient(output, target, weight):
    return (
        right(output.detach(), target, weight)
        + 0 * output.sum()
        + (
            right(output, target, weight)
            - right(output, target, weight).detach()
        )
        * 3
    )


def works_in_float64(output, target, weight):
    return right(output.double(), target.double(), weight.double())


def writes_to_its_input(output, target, weight):
    value = right(output, target, weight)
    target *= 0.5
    return value


def returns_a_vector(output, target, weight):
    return right(output, target, weight)[None]


def rounds_to_the_logarithm_of_zero(output, target, weight):
    size = by_joint(output.square()).sum(-1)
    gap = 1 - size / (size + 1e-3)
    return right(output, target, weight) + 0 * (gap.log() * weight).sum()


LINKS = ((0, 1), (0, 2), (1, 3), (3, 4))


def bones(output, target, weight, count_joints=False):
    """Squared distance of the two ends' errors, over visible bones."""
    error = by_joint(output - target)
    first, second = map(list, zip(*LINKS))
    seen = weight[:, first] * weight[:, second]
    total = (
        (error[:, first] - error[:, second]).square().sum(-1) * seen
    ).sum()
    return total / (weight if count_joints else seen).sum().clamp(min=1)


def bones_over_joints(output, target, weight):
    return bones(output, target, weight, count_joints=True)


def failures(loss, **kwargs):
    """Names of the checks that a loss does not pass."""
    failed = set()
    for check in LOSS_CHECKS:
        try:
            check(LossCase(loss, make, **kwargs))
        except (AssertionError, RuntimeError):
            failed.add(check.__name__)
    return failed


def test_a_right_loss_passes():
    assert failures(right) == set()


@pytest.mark.parametrize(
    'loss, caught_by',
    [
        (divides_by_all, 'check_the_mean_is_over_visible_joints'),
        (sums_over_the_batch, 'check_doubling_the_batch_changes_nothing'),
        (divides_by_nothing, 'check_nothing_visible_is_zero'),
        (ignores_the_weight, 'check_hidden_joints_get_no_gradient'),
        (ignores_the_weight, 'check_what_is_hidden_does_not_count'),
        (keeps_a_floor, 'check_the_minimum_is_at_the_target'),
        (prefers_a_joint, 'check_joints_permute'),
        (loses_the_gradient, 'check_hidden_joints_get_no_gradient'),
        (has_a_wrong_gradient, 'check_gradient_is_right'),
        (works_in_float64, 'check_float32_agrees_with_float64'),
        (rounds_to_the_logarithm_of_zero, 'check_autocast_stays_finite'),
        (writes_to_its_input, 'check_inputs_are_not_modified'),
        (returns_a_vector, 'check_the_minimum_is_at_the_target'),
    ],
)
def test_a_wrong_loss_is_caught(loss, caught_by):
    assert caught_by in failures(loss)


def test_joints_that_count_together_are_given_as_units():
    """Joint 3 of the first sample is seen, but no bone of it."""
    assert failures(bones, units=LINKS) == set()
    assert 'check_hidden_joints_get_no_gradient' in failures(bones)
    assert failures(bones_over_joints, units=LINKS) == {
        'check_the_mean_is_over_visible_joints'
    }


def test_a_stated_minimum_is_accepted():
    case = LossCase(keeps_a_floor, make, minimum=lambda inputs: 0.47)
    dict((check.__name__, check) for check in LOSS_CHECKS)[
        'check_the_minimum_is_at_the_target'
    ](case)
