"""A run with its config read: what its commands are made of."""

import os
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

from mmengine.config import Config
from mmengine.logging import MMLogger

from mmpose_lightkpt.configs_index import config_path

from .overrides import codec_overrides, to_words
from .plan import Run

_PACKAGE = Path(__file__).resolve().parents[1]
# A clone, or what a wheel carries: the folder of configs/ and tools/.
ROOT = next(
    (
        folder
        for folder in (_PACKAGE.parent, _PACKAGE / '.mim')
        if (folder / 'tools' / 'train.py').is_file()
    ),
    _PACKAGE.parent,
)
# What decides which weights a training ends with.
_TRAINING = (
    'model',
    'train_dataloader',
    'train_cfg',
    'optim_wrapper',
    'param_scheduler',
    'randomness',
)
# What decides which figures a test of these weights gives.
_TESTING = ('model', 'test_dataloader', 'test_evaluator')
# Entries that change the speed of either, or nothing.
_SPEED = {'num_workers', 'persistent_workers', 'prefetch_factor'}
_NOT_TRAINING = _SPEED | {'test_cfg', 'val_interval'}


class Prepared(NamedTuple):
    """A run, and what its config says."""

    run: Run
    config: str
    """As its commands name it: below ``folder`` if it lies there."""
    folder: Path
    """Where its commands run."""
    options: Mapping[str, Any]
    """Overrides, with those that its codec's changes need."""
    epochs: int
    training: Dict[str, Any]
    """The settings that the weights depend on."""
    testing: Dict[str, Any]
    """The settings that the figures depend on, besides the weights."""
    checkpoint: Optional[Path] = None
    """Absolute path of the weights of a run that is not trained."""

    @property
    def train_words(self) -> List[str]:
        """Overrides of its training."""
        return to_words(self.options)

    @property
    def test_words(self) -> List[str]:
        """Overrides of its test: a record names all that its weights saw."""
        return to_words(
            {
                key: value
                for key, value in self.options.items()
                if not _is_speed(key)
            }
        )


def prepare(run: Run) -> Prepared:
    """Read the config of a run.

    Raises:
        ValueError: it cannot be read, or cannot be changed as asked.
    """
    path = _find(run.config)
    config = Config(_read(path).to_dict())
    options = dict(run.options)
    if run.codec:
        options.update(codec_overrides(config.to_dict(), run.codec))
    trained = run.checkpoint is None and run.group != 'reference'
    if not trained:
        options = {
            key: value
            for key, value in options.items()
            if not key.startswith('train_')
        }
    elif config.get('randomness', {}).get('seed') != run.seed:
        options['randomness.seed'] = run.seed
    unknown = [key for key in options if key.split('.')[0] not in config]
    if unknown:
        raise ValueError(f'{path}: it has no {", ".join(unknown)} to change')
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError, AssertionError) as error:
        raise ValueError(f'{path}: {error}') from error
    epochs = config.get('train_cfg', {}).get('max_epochs')
    if trained and not isinstance(epochs, int):
        raise ValueError(f'{path}: train_cfg.max_epochs is needed')
    folder = ROOT if ROOT in path.parents else Path.cwd()
    inside = folder in path.parents
    prepared = Prepared(
        run,
        (path.relative_to(folder) if inside else path).as_posix(),
        folder,
        options,
        epochs or 0,
        _without({k: config.get(k) for k in _TRAINING}, _NOT_TRAINING),
        _without({k: config.get(k) for k in _TESTING}, _SPEED),
        Path(run.checkpoint).absolute() if run.checkpoint else None,
    )
    to_words(options)  # now rather than after the rungs before it
    return prepared


def _find(config: str) -> Path:
    if config.endswith('.py') and Path(config).is_file():
        return Path(config).resolve()
    return Path(config_path(Path(config).name)).resolve()


@cache
def _read(path: Path) -> Config:
    """A config without this machine's data folder in it."""
    MMLogger.get_current_instance().setLevel('WARNING')
    try:
        with _no_data_folder(), warnings.catch_warnings():
            warnings.simplefilter('ignore')  # pkg_resources is old, we know
            return Config.fromfile(str(path), import_custom_modules=False)
    except Exception as error:  # whatever its lines raise
        raise ValueError(f'{path}: {error}') from error


@contextmanager
def _no_data_folder() -> Iterator[None]:
    folder = os.environ.pop('LIGHTKPT_DATA', None)
    try:
        yield
    finally:
        if folder is not None:
            os.environ['LIGHTKPT_DATA'] = folder


def _is_speed(key: str) -> bool:
    """Whether an override changes only how fast a training is."""
    first, last = key.split('.')[0], key.split('.')[-1]
    return first == 'train_dataloader' and last in _SPEED


def _without(node: Any, names: set) -> Any:
    """A JSON-able copy that lacks the entries of some names."""
    if isinstance(node, Mapping):
        return {
            str(key): _without(value, names)
            for key, value in node.items()
            if key not in names
        }
    if isinstance(node, (list, tuple)):
        return [_without(value, names) for value in node]
    if node is None or isinstance(node, (bool, int, float, str)):
        return node
    return str(node)
