"""Depthwise convolutions that halve a grid, trained in bf16 on a CPU."""

from __future__ import annotations

from typing import Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import conv2d
from torch.overrides import TorchFunctionMode

__all__ = ['FastStridedDepthwise']


class FastStridedDepthwise(TorchFunctionMode):
    """Within it, their gradients go back to their inputs in fp32.

    For this one gradient in bf16 oneDNN has a slow reference alone: 3 to 200
    times its time in fp32, and a fifth of a whole step of a MobileNetV2.
    All else of such a convolution, and every other one, is left as it is, and
    so is what is computed where no autocast is on.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Compute what torch was asked for; see ``torch.overrides``."""
        if func is torch.conv2d and torch.is_autocast_enabled('cpu'):
            return _conv2d(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _conv2d(
    input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1
) -> Tensor:
    """As ``torch.conv2d``, by its arguments."""
    stride, dilation = _pair(stride), _pair(dilation)
    depthwise = groups == weight.shape[0] and weight.shape[1] == 1
    batched = input.dim() == 4 and not isinstance(padding, str)
    if not depthwise or not batched or max(stride) == 1:
        return conv2d(input, weight, bias, stride, padding, dilation, groups)
    # what autocast would do, where a function's backward pass sees it
    tensors = (t if t is None else t.bfloat16() for t in (input, weight, bias))
    return _StridedDepthwise.apply(*tensors, stride, _pair(padding), dilation)


def _pair(value) -> Tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


class _StridedDepthwise(torch.autograd.Function):
    """(N, C, H, W) by (C, 1, h, w), all of them in bf16."""

    @staticmethod
    def forward(ctx, input, weight, bias, stride, padding, dilation):
        ctx.save_for_backward(input, weight)
        ctx.how = stride, padding, dilation
        ctx.bias_size = None if bias is None else [len(bias)]
        return conv2d(input, weight, bias, *ctx.how, len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        input, weight = ctx.saved_tensors
        grads = [None] * 3
        if any(ctx.needs_input_grad[1:3]):
            mask = (False, *ctx.needs_input_grad[1:3])
            grads = [*_gradients(grad, input, weight, ctx, mask)]
        if ctx.needs_input_grad[0]:
            # of the input, its shape and its order in memory are asked alone
            shape = torch.empty_like(input, dtype=torch.float32)
            mask = (True, False, False)
            exact = _gradients(grad.float(), shape, weight.float(), ctx, mask)
            grads[0] = exact[0].bfloat16()
        return (*grads, None, None, None)


def _gradients(grad, input, weight, ctx, mask) -> Tuple[Tensor, ...]:
    """Of input, weight and bias, those that the mask asks for."""
    return torch.ops.aten.convolution_backward(
        grad,
        input,
        weight,
        ctx.bias_size,
        *ctx.how,
        False,
        (0, 0),
        len(weight),
        mask,
    )
