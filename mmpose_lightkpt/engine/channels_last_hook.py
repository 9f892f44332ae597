"""Faster convolutions on CPUs."""

from typing import Tuple

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS
from torch import Tensor, nn


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Hand images to the backbone in ``torch.channels_last`` on a CPU.

    Convolutions hand that order on, so the whole network runs in it, at the
    speed it has with its weights in that order too. The weights are left
    alone on purpose: ``DistributedDataParallel`` has noted their strides
    by the time a hook sees the model, and where they change it writes the
    first step's averaged gradients of every dense convolution into the wrong
    places, without a word.

    Args:
        cpu_only: whether to leave models on other devices alone.
    """

    def __init__(self, cpu_only: bool = True) -> None:
        self.cpu_only = cpu_only

    def before_train(self, runner) -> None:
        """Put a hook before the model's backbone."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        device = next(model.parameters()).device
        if device.type == 'cpu' or not self.cpu_only:
            self._handle = model.backbone.register_forward_pre_hook(reorder)

    def after_train(self, runner) -> None:
        """Take the hook off again."""
        if hasattr(self, '_handle'):
            self._handle.remove()


def reorder(module: nn.Module, inputs: Tuple[Tensor]) -> Tuple[Tensor]:
    """Images (N, C, H, W) with C last in memory."""
    return (inputs[0].contiguous(memory_format=torch.channels_last),)
