"""Train in bf16, on a CPU that computes in it or on a GPU."""

from contextlib import ExitStack, contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn

from .strided_depthwise import FastStridedDepthwise


@OPTIM_WRAPPERS.register_module()
class Bf16OptimWrapper(OptimWrapper):
    """Run convolutions of the forward pass in bf16; weights stay in fp32.

    On a CPU it is worth its while where the processor computes in bf16
    (AVX512_BF16, AMX): there a MobileNetV2's step takes two thirds of the
    time (``benchmarks/training_speed.py``), and without
    :class:`~.strided_depthwise.FastStridedDepthwise` nine tenths.
    Elsewhere torch emulates it, and slowly. Unlike MMEngine's
    ``AmpOptimWrapper`` it works there, and has no loss scaler: bf16 has the
    exponents of fp32.
    """

    @contextmanager
    def optim_context(self, model: nn.Module):
        """Open torch's autocast for the model's device."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), ExitStack() as stack:
            stack.enter_context(torch.autocast(device, dtype=torch.bfloat16))
            if device == 'cpu':
                stack.enter_context(FastStridedDepthwise())
            yield
