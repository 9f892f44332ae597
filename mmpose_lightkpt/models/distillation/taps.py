"""What parts of a network give while it runs."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Dict, Iterable, Iterator

from torch import Tensor, nn

__all__ = ['tapped']


@contextmanager
def tapped(
    model: nn.Module, names: Iterable[str]
) -> Iterator[Dict[str, Tensor]]:
    """Note the outputs of submodules.

    Args:
        model: the network.
        names: of submodules, such as ``'backbone.layer2'``; of one that
            gives several maps, the last counts.

    Yields:
        Name -> output; filled when the network has run.

    Raises:
        ValueError: there is no such submodule.
    """
    found: Dict[str, Tensor] = {}
    with ExitStack() as stack:
        for name in dict.fromkeys(names):
            try:
                module = model.get_submodule(name)
            except AttributeError as error:
                raise ValueError(
                    f'{type(model).__name__} has no module {name!r}: {error}'
                ) from error
            note = partial(_note, found, name)
            stack.enter_context(module.register_forward_hook(note))
        yield found


def _note(
    found: Dict[str, Tensor], name: str, _: nn.Module, __: Any, output: Any
) -> None:
    found[name] = output[-1] if isinstance(output, (tuple, list)) else output
