"""Faster convolutions on CPUs."""

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Put the weights into ``torch.channels_last`` for training on a CPU.

    The convolutions hand that order on to their outputs, so the images need
    no change. It is done after a checkpoint has been loaded, and left off
    where the model is on an accelerator, unless asked for.

    Args:
        cpu_only: whether to leave models on other devices alone.
    """

    def __init__(self, cpu_only: bool = True) -> None:
        self.cpu_only = cpu_only

    def before_train(self, runner) -> None:
        """Convert the model in place."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        device = next(model.parameters()).device
        if device.type == 'cpu' or not self.cpu_only:
            model.to(memory_format=torch.channels_last)
