"""The losses' formulas, by hand on maps of 2 x 2."""

import math

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402

from mmpose_lightkpt.models.losses.functional import (  # noqa: E402
    foreground_mse,
    masked_l1,
    penalty_reduced_focal,
    selected,
    visible_mean,
    weighted_mean,
)

pytestmark = pytest.mark.mmpose


def test_foreground_mse_by_hand():
    """k = 8. (0.5 - 1)^2 x 9 = 2.25; 0.25^2 x (8 / 4 + 1) = 0.1875;
    0.5^2 x 1 = 0.25; 0. The sum is 2.6875."""
    output = torch.tensor([[[[0.5, 0.5], [0.5, 0.0]]]])
    target = torch.tensor([[[[1.0, 0.25], [0.0, 0.0]]]])
    weight = torch.ones(1, 1, 2, 2)
    assert foreground_mse(output, target, weight, 8.0).item() == 2.6875
    # k = 0 is the plain square: 0.25 + 0.0625 + 0.25
    assert foreground_mse(output, target, weight, 0.0).item() == 0.5625


def test_foreground_mse_leaves_out_ignored_cells_and_joints():
    """One cell of joint 0, all of joint 1: the mean is over joint 0."""
    output = torch.tensor(
        [[[[0.5, 0.5], [0.5, 0.0]], [[9.0, 9.0], [9.0, 9.0]]]]
    )
    target = torch.tensor([[[[1.0, 0.25], [0.0, 0.0]]]]).expand(1, 2, 2, 2)
    weight = torch.ones(1, 2, 2, 2)
    weight[0, 0, 0, 0] = weight[0, 1] = 0
    assert foreground_mse(output, target, weight, 8.0).item() == 0.4375


def test_foreground_mse_takes_one_weight_per_map():
    """(N, 1, 1, 1), as the head gives it for the centre; a half counts so."""
    output, target = torch.rand(2, 3, 2, 2), torch.rand(2, 3, 2, 2)
    half = foreground_mse(output, target, torch.full((2, 3, 1, 1), 0.5), 8.0)
    full = foreground_mse(output, target, torch.ones(2, 3, 2, 2), 8.0)
    torch.testing.assert_close(half, full / 2)


def test_penalty_reduced_focal_by_hand():
    """The peak: -(1 - 0.5)^2 log 0.5 = 0.25 log 2. Beside it, where the
    target is a half: -(1/2)^4 0.5^2 log 0.5 = 1/64 log 2. Far off:
    -0.5^2 log 0.5 = 0.25 log 2; a right zero costs nothing."""
    output = torch.tensor([[[[0.5, 0.5], [0.5, 0.0]]]])
    target = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    got = penalty_reduced_focal(output, target, torch.ones(1, 1, 2, 2))
    assert got.item() == pytest.approx((0.5 + 1 / 64) * math.log(2))


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_penalty_reduced_focal_learns_where_an_output_is_quite_wrong(dtype):
    """0 at the peak and 1 beside it: finite, with a gradient to mend both;
    and of ignored cells not even NaN is seen."""
    output = torch.tensor([[[[0, 1], [0.5, float('nan')]]]], dtype=dtype)
    output.requires_grad_()
    target = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]], dtype=dtype)
    weight = torch.tensor([[[[1, 1], [1, 0]]]], dtype=torch.bool)
    value = penalty_reduced_focal(output, target, weight)
    (grad,) = torch.autograd.grad(value, output)
    assert value.isfinite()
    assert grad[0, 0, 0, 0] < 0 < grad[0, 0, 0, 1]
    assert grad[0, 0, 1, 1] == 0


def test_masked_l1_by_hand():
    """x: |1| + |-2| and y: |0.5| + |0|, over two cells: 3.5 / 2 = 1.75."""
    output = torch.tensor([[[[1.0, -2.0], [9, 9]], [[0.5, 0.0], [9, 9]]]])
    weight = torch.tensor([[[[1, 1], [0, 0]]]], dtype=torch.bool)
    target = torch.zeros(1, 2, 2, 2)
    assert masked_l1(output, target, weight).item() == 1.75


def test_masked_l1_is_the_mean_of_joints_and_not_of_cells():
    """Joint 0 is 1 px off on 4 cells, joint 1 is 3 px off on one cell:
    (1 + 3) / 2 and not (4 x 1 + 3) / 5."""
    output = torch.zeros(1, 4, 2, 2)
    output[0, 0], output[0, 3] = 1, -3
    weight = torch.zeros(1, 2, 2, 2)
    weight[0, 0], weight[0, 1, 1, 0] = 1, 1
    assert masked_l1(output, torch.zeros_like(output), weight).item() == 2.0


def test_masked_l1_pairs_channels_as_x0_y0_x1_y1():
    output = torch.zeros(1, 4, 2, 2)
    output[0, 1] = 5  # y of joint 0
    weight = torch.zeros(1, 2, 2, 2)
    weight[0, 1] = 1
    assert masked_l1(output, torch.zeros_like(output), weight).item() == 0
    weight = weight.flip(1)
    assert masked_l1(output, torch.zeros_like(output), weight).item() == 5


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_hidden_joints_give_no_nan_in_half_precision(dtype):
    """A floor of the divisor that rounds to 0 there would: 0 x inf."""
    output = torch.rand(1, 4, 2, 2).to(dtype).requires_grad_()
    weight = torch.zeros(1, 2, 2, 2, dtype=torch.bool)
    weight[0, 1] = True
    masked_l1(output, torch.zeros_like(output), weight).backward()
    assert output.grad.isfinite().all()
    assert not output.grad[0, :2].any() and output.grad[0, 2:].any()


def test_visible_mean_by_hand():
    values = torch.tensor([[1.0, 2.0, float('nan')], [5.0, 7.0, 11.0]])
    visible = torch.tensor([[1, 0, 0], [1, 0, 1]], dtype=torch.bool)
    assert visible_mean(values, visible).item() == pytest.approx(17 / 3)
    assert visible_mean(values, visible & False).item() == 0


def test_selected_leaves_out_hidden_joints_with_all_they_hold():
    weight = torch.tensor([[1.0, 0, 0.5], [0, 0, 2]])
    tensor = torch.arange(12.0).view(2, 3, 2)
    tensor[0, 1] = float('nan')
    tensor.requires_grad_()
    weights, rows = selected(weight, tensor)
    assert weights.tolist() == [1, 0.5, 2]
    assert rows.tolist() == [[0, 1], [4, 5], [10, 11]]
    (grad,) = torch.autograd.grad(rows.square().sum(), tensor)
    assert not grad[weight == 0].any()
    # (0 + 1) x 1, (4 + 5) x 0.5, (10 + 11) x 2, over three joints
    mean = weighted_mean(rows.sum(1), weights)
    assert mean.item() == pytest.approx(47.5 / 3)


@pytest.mark.parametrize(
    'given, wanted',
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.bool, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_selected_is_in_single_precision_at_least(given, wanted):
    one = torch.ones(2, 3).to(given)
    assert [part.dtype for part in selected(one, one)] == [wanted] * 2


@pytest.mark.parametrize(
    'weight, words',
    [
        (None, r'weight \(N, K\).*got None'),
        (torch.ones(2, 3, 1), r'weight \(N, K\).*\(2, 3, 1\)'),
        (torch.ones(2, 4), r'\(2, 4\), got \(2, 3, 2\)'),
    ],
)
def test_missing_or_other_weights_are_refused(weight, words):
    with pytest.raises(ValueError, match=words):
        selected(weight, torch.rand(2, 3, 2))
