"""Train a part of a model."""

from typing import Optional, Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS
from torch import nn


@HOOKS.register_module()
class FreezeHook(Hook):
    """Let some modules learn, and leave all others as they were loaded.

    The others are in evaluation mode, so that their batch normalisations keep
    their statistics too: they compute what they do in a test. With several
    processes set ``find_unused_parameters=True``.

    Args:
        trained: names of the modules that learn, such as ``head.box_size``.

    Raises:
        ValueError: none is given, or the model has no such module.
    """

    def __init__(self, trained: Sequence[str]) -> None:
        self.trained = tuple(trained)
        if isinstance(trained, str) or not self.trained:
            raise ValueError(
                'FreezeHook: trained must list one or more modules, '
                f'got {trained!r}'
            )

    def before_train(self, runner) -> None:
        """Ask no gradients of what does not learn."""
        model = self._model(runner)
        names = dict(model.named_modules())
        unknown = [name for name in self.trained if name not in names]
        if unknown:
            raise ValueError(
                f'FreezeHook: {type(model).__name__} has no module '
                f'{", ".join(unknown)}; its parts are '
                f'{", ".join(name for name in names if name.count(".") == 1)}'
            )
        model.requires_grad_(False)
        for name in self.trained:
            names[name].requires_grad_(True)

    def before_train_iter(
        self, runner, batch_idx: int, data_batch: Optional[dict] = None
    ) -> None:
        """MMEngine has just put the whole model into training mode."""
        model = self._model(runner)
        model.eval()
        for name in self.trained:
            model.get_submodule(name).train()

    @staticmethod
    def _model(runner) -> nn.Module:
        model = runner.model
        return model.module if is_model_wrapper(model) else model
