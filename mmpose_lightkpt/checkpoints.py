"""Tell whether a checkpoint belongs to a model before it is used.

MMEngine loads what fits and warns of the rest, so a checkpoint of another
config is tested as if it were right, with random weights.
"""

import re
from pathlib import Path
from typing import Dict, List

from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn


def check_checkpoint(
    model: nn.Module, path: str, partial: bool = False
) -> None:
    """Raise unless the checkpoint at ``path`` fits ``model``.

    Args:
        model: may be wrapped for distributed training.
        path: a file or whatever else MMEngine loads from.
        partial: be content with one parameter that fits, as for a backbone
            trained elsewhere.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it cannot be read or does not fit, naming the keys.
    """
    given = _read_shapes(path)
    model = getattr(model, 'module', model)
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    if partial:
        if not any(given.get(name) == wanted[name] for name in wanted):
            raise ValueError(
                f'{path}: nothing in this checkpoint fits the model; it has '
                f'{_some(sorted(given))}, the model {_some(sorted(wanted))}'
            )
        return
    missing = [
        name
        for name in wanted
        if name not in given and not name.endswith('num_batches_tracked')
    ]
    faults = {
        'not in the checkpoint': missing,
        'not in the model': [name for name in given if name not in wanted],
        'of another shape': [
            f'{name} {tuple(given[name])} instead of {tuple(wanted[name])}'
            for name in wanted
            if name in given and given[name] != wanted[name]
        ],
    }
    found = [f'{what}: {_some(keys)}' for what, keys in faults.items() if keys]
    if found:
        raise ValueError(
            f'{path}: this checkpoint is not one of this config. '
            + '; '.join(found)
        )


def _read_shapes(path: str) -> Dict[str, tuple]:
    """Parameter name -> shape in the checkpoint."""
    if '://' not in path and not Path(path).is_file():
        raise FileNotFoundError(f'{path}: no such checkpoint')
    try:
        checkpoint = CheckpointLoader.load_checkpoint(path, 'cpu')
        state = checkpoint.get('state_dict', checkpoint)
    except Exception as error:
        raise ValueError(
            f'{path}: not a checkpoint that can be read ({error})'
        ) from error
    return {
        re.sub(r'^module\.', '', name): value.shape
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def _some(keys: List[str]) -> str:
    """The first few of a list of keys."""
    more = f' and {len(keys) - 4} more' if len(keys) > 4 else ''
    return ', '.join(keys[:4]) + more
