"""End a training whose loss is no number."""

import math
from typing import Optional

import torch
from mmengine.hooks import Hook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class StopOnNaNHook(Hook):
    """Raise as soon as a loss is NaN or infinite.

    Unlike mmdet's ``CheckInvalidLossHook`` it looks at every iteration, says
    which of the losses it was, and runs before a checkpoint can be written.
    """

    priority = 'VERY_HIGH'

    def after_train_iter(
        self,
        runner,
        batch_idx: int,
        data_batch: Optional[dict] = None,
        outputs: Optional[dict] = None,
    ) -> None:
        """Check the losses the model reported.

        Raises:
            FloatingPointError: naming iteration, epoch and losses.
        """
        values = {
            name: torch.as_tensor(value).item()
            for name, value in (outputs or {}).items()
            if 'loss' in name
        }
        if all(map(math.isfinite, values.values())):
            return
        listed = ', '.join(f'{name}={value}' for name, value in values.items())
        raise FloatingPointError(
            f'the loss is not finite at iteration {runner.iter + 1} (epoch '
            f'{runner.epoch + 1}): {listed}; lower the learning rate, clip '
            'the gradients or look at the data of this batch'
        )
