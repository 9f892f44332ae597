"""What every loss here promises, as functions to call from pytest.

::

    CASE = LossCase(MyLoss(), make=my_inputs)

    @pytest.mark.parametrize('check', LOSS_CHECKS, ids=lambda f: f.__name__)
    def test_my_loss_keeps_the_contract(check):
        check(CASE)

A loss is called as ``loss(output, target, weight)``, as MMPose's losses are.
All three have the batch first and the joints second, or a multiple of the
joints (x0, y0, x1, y1, ...). Shapes: N samples, K joints.
"""

from dataclasses import dataclass
from typing import Callable, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor

__all__ = ['LOSS_CHECKS', 'LossCase', 'LossInputs']

NUM, JOINTS = 3, 5
EACH_ALONE = tuple((joint,) for joint in range(JOINTS))


class LossInputs(NamedTuple):
    """Arguments of one call, float64, everything labelled and weight 1."""

    output: Tensor
    target: Tensor
    weight: Tensor


@dataclass(frozen=True)
class LossCase:
    """A loss and how to feed it.

    Attributes:
        loss: a module or function of (output, target, weight).
        make: from N, K and a torch generator to random :class:`LossInputs`
            with the output away from the target and from any kink.
        perfect: from a target to the output with the least loss; the target
            itself by default.
        minimum: what the loss is there; 0 by default, or a function of the
            inputs, for losses that are bounded by an entropy.
        units: joints that count together or not at all, such as the two ends
            of each bone; each joint by default. The loss is a mean over the
            units that are visible.
    """

    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    make: Callable[[int, int, torch.Generator], LossInputs]
    perfect: Callable[[Tensor], Tensor] = lambda target: target
    minimum: Callable[[LossInputs], float] = lambda inputs: 0.0
    units: Sequence[Tuple[int, ...]] = EACH_ALONE

    def inputs(self, seed: int = 0, num: int = NUM) -> LossInputs:
        """Random arguments; the output asks for a gradient."""
        generator = torch.Generator().manual_seed(seed)
        output, target, weight = self.make(num, JOINTS, generator)
        return LossInputs(output.detach().requires_grad_(), target, weight)

    def visible_units(self, hidden: Tensor) -> list:
        """All (n, unit) without a hidden joint, from a mask (N, K)."""
        return [
            (n, list(unit))
            for n in range(len(hidden))
            for unit in self.units
            if not hidden[n, list(unit)].any()
        ]

    def value(self, inputs: LossInputs) -> Tensor:
        """The loss as one number."""
        value = self.loss(*inputs)
        assert value.ndim == 0, f'a loss is a scalar, got {value.shape}'
        return value


def by_joint(tensor: Tensor, joints: int = JOINTS) -> Tensor:
    """View (N, mK, ...) or (N, K, ...) as (N, K, the rest)."""
    return tensor.reshape(len(tensor), joints, -1)


def reorder(tensor: Tensor, order: Tensor) -> Tensor:
    """Permute the joints of a tensor of any of the layouts."""
    return by_joint(tensor)[:, order].reshape(tensor.shape)


def hide(inputs: LossInputs, hidden: Tensor) -> LossInputs:
    """Set the weight of the joints in a mask (N, K) to 0."""
    weight = by_joint(inputs.weight).masked_fill(hidden[..., None], 0)
    return inputs._replace(weight=weight.reshape(inputs.weight.shape))


def gradient(case: LossCase, inputs: LossInputs) -> Tensor:
    """Gradient of the loss with respect to the output, (N, K, the rest)."""
    (grad,) = torch.autograd.grad(case.value(inputs), inputs.output)
    return by_joint(grad)


def some_hidden() -> Tensor:
    """A mask (N, K) that hides some joints of each sample, all of one."""
    hidden = torch.zeros(NUM, JOINTS, dtype=torch.bool)
    hidden[0, 1] = hidden[0, 4] = hidden[1, 2] = True
    hidden[2] = True
    return hidden


def check_the_minimum_is_at_the_target(case: LossCase) -> None:
    """A perfect output costs the stated minimum; others cost more."""
    inputs = case.inputs()
    perfect = inputs._replace(output=case.perfect(inputs.target))
    least = case.value(perfect)
    torch.testing.assert_close(
        least,
        torch.as_tensor(case.minimum(perfect), dtype=least.dtype),
        rtol=1e-6,
        atol=1e-9,
    )
    assert case.value(inputs) > least + 1e-3
    hidden = hide(perfect, some_hidden())
    torch.testing.assert_close(
        case.value(hidden),
        torch.as_tensor(case.minimum(hidden), dtype=least.dtype),
        rtol=1e-6,
        atol=1e-9,
    )


def check_doubling_the_batch_changes_nothing(case: LossCase) -> None:
    """The loss is a mean, with joints hidden or not."""
    for inputs in (case.inputs(), hide(case.inputs(), some_hidden())):
        twice = LossInputs(*(torch.cat([part, part]) for part in inputs))
        torch.testing.assert_close(case.value(twice), case.value(inputs))


def check_the_mean_is_over_visible_joints(case: LossCase) -> None:
    """Hiding all but one joint, or unit, leaves the loss of that one.

    The mean over visible joints is the mean of the losses of each alone.
    """
    inputs, hidden = case.inputs(), some_hidden()
    alone = []
    for n, unit in case.visible_units(hidden):
        others = torch.ones_like(hidden)
        others[n, unit] = False
        alone.append(case.value(hide(inputs, others)))
    torch.testing.assert_close(
        case.value(hide(inputs, hidden)), torch.stack(alone).mean()
    )


def check_joints_permute(case: LossCase) -> None:
    """The order of the joints and of the samples carries no meaning.

    Units name their joints: where there are some, only samples permute.
    """
    inputs = hide(case.inputs(), some_hidden())
    order = torch.tensor([3, 0, 4, 1, 2])
    if tuple(case.units) != EACH_ALONE:
        order = torch.arange(JOINTS)
    other = LossInputs(*(reorder(part, order).flip(0) for part in inputs))
    torch.testing.assert_close(case.value(other), case.value(inputs))


def check_hidden_joints_get_no_gradient(case: LossCase) -> None:
    """Hidden joints get none, every visible one gets some."""
    hidden = some_hidden()
    counts = torch.zeros_like(hidden)
    for n, unit in case.visible_units(hidden):
        counts[n, unit] = True
    size = gradient(case, hide(case.inputs(), hidden)).abs().sum(-1)
    assert torch.equal(size > 0, counts), 'gradient per joint:\n' + str(size)


def check_what_is_hidden_does_not_count(case: LossCase) -> None:
    """Neither the output nor the target of a hidden joint has a say."""
    hidden = some_hidden()
    inputs = hide(case.inputs(), hidden)
    mask = hidden[..., None]
    output = by_joint(inputs.output)
    target = by_joint(inputs.target)
    other = inputs._replace(
        output=torch.where(mask, output.flip(-1) * 0.7, output).reshape(
            inputs.output.shape
        ),
        target=torch.where(mask, target.flip(-1), target).reshape(
            inputs.target.shape
        ),
    )
    torch.testing.assert_close(case.value(other), case.value(inputs))


def check_nothing_visible_is_zero(case: LossCase) -> None:
    """With no visible joint the loss and its gradient are 0, not NaN."""
    nothing = hide(case.inputs(), torch.ones(NUM, JOINTS, dtype=torch.bool))
    assert case.value(nothing) == 0
    assert not gradient(case, nothing).any()


def check_gradient_is_right(case: LossCase) -> None:
    """Autograd agrees with differences in float64, joints hidden or not.

    Along random directions, which a wrong element does not escape either.
    """
    for inputs in (case.inputs(num=2), hide(case.inputs(), some_hidden())):
        assert torch.autograd.gradcheck(
            lambda output, rest=inputs[1:]: case.loss(output, *rest),
            (inputs.output,),
            fast_mode=True,
        )


def check_float32_agrees_with_float64(case: LossCase) -> None:
    """The loss keeps the type of the output and loses no digits."""
    inputs = hide(case.inputs(), some_hidden())
    single = case.value(LossInputs(*(part.float() for part in inputs)))
    assert single.dtype == torch.float32
    torch.testing.assert_close(
        single.double(), case.value(inputs), rtol=1e-5, atol=1e-6
    )


def check_autocast_stays_finite(case: LossCase) -> None:
    """Outputs in bfloat16 under autocast give a finite loss and gradient,
    some joints hidden or all.
    """
    for hidden in (some_hidden(), torch.ones(NUM, JOINTS, dtype=torch.bool)):
        inputs = hide(case.inputs(), hidden)
        inputs = LossInputs(*(part.float() for part in inputs))
        output = inputs.output.detach().bfloat16().requires_grad_()
        with torch.autocast('cpu', torch.bfloat16):
            value = case.value(inputs._replace(output=output))
        (grad,) = torch.autograd.grad(value, output)
        assert torch.isfinite(value) and torch.isfinite(grad).all()


def check_inputs_are_not_modified(case: LossCase) -> None:
    """Output, target and weight are the same after the call."""
    inputs = hide(case.inputs(), some_hidden())
    copies = [part.detach().clone() for part in inputs]
    case.value(inputs)
    for part, copy in zip(inputs, copies):
        assert torch.equal(part, copy)


LOSS_CHECKS = (
    check_the_minimum_is_at_the_target,
    check_doubling_the_batch_changes_nothing,
    check_the_mean_is_over_visible_joints,
    check_joints_permute,
    check_hidden_joints_get_no_gradient,
    check_what_is_hidden_does_not_count,
    check_nothing_visible_is_zero,
    check_gradient_is_right,
    check_float32_agrees_with_float64,
    check_autocast_stays_finite,
    check_inputs_are_not_modified,
)
