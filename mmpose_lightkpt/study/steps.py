"""The steps of one run: which are done, and the command of each other.

A run's folder holds::

    train/           work directory of tools/train.py
    test/            logs of tools/test.py
    evaluation.json  its record
    bundle/          what tools/export_ncnn.py wrote
    logs/            what the commands said
    state.json       what each step was done with
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from mmpose_lightkpt.deploy.bundle import sha256
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.deploy.spec import SPEC_FILE

from .overrides import flatten
from .prepared import Prepared

__all__ = ['RUN_STEPS', 'StepError', 'Todo', 'checkpoint_of', 'find_todo']


class StepError(RuntimeError):
    """A step cannot be done or failed; the message says why."""


class Todo(NamedTuple):
    """A step that is to be done."""

    words: List[str]
    """Its command, without the interpreter."""
    inputs: Dict[str, Any]
    """What it depends on; noted in state.json."""
    why: str = ''
    """Why it is done again, if it was done before."""


def read_state(folder: Path) -> Dict[str, Any]:
    """Content of state.json; {} if there is none."""
    try:
        return json.loads((folder / 'state.json').read_text('utf-8'))
    except (FileNotFoundError, ValueError):
        return {}


def note_state(folder: Path, step: str, inputs: Dict[str, Any]) -> None:
    """Write down what a step is done with."""
    state = dict(read_state(folder), **{step: inputs})
    text = json.dumps(state, indent=1) + '\n'
    write_atomically(folder / 'state.json', text.encode())


def checkpoint_of(folder: Path, epochs: int) -> Path:
    """Weights after the last epoch.

    Not the best: the data of the validation are those of the test.
    """
    return folder / 'train' / f'epoch_{epochs}.pth'


def find_todo(
    step: str, prepared: Prepared, out: Path, start: Optional[Path] = None
) -> Optional[Todo]:
    """What a step of a run still needs; None if it is done.

    Args:
        step: one of ``RUN_STEPS``.
        prepared: the run.
        out: folder of the study.
        start: weights that it starts from, if it does.

    Raises:
        StepError: it cannot be done, or what is there is of other settings.
    """
    if step == 'train':
        return _train(prepared, out / prepared.run.name, start)
    return RUN_STEPS[step](prepared, out / prepared.run.name)


def _train(
    prepared: Prepared, folder: Path, start: Optional[Path]
) -> Optional[Todo]:
    if prepared.run.start_from and not (start and start.is_file()):
        raise StepError(
            f'it starts from {prepared.run.start_from}, which is not trained'
        )
    work, options = folder / 'train', list(prepared.train_words)
    inputs = dict(
        settings=prepared.training, start_from=sha256(start) if start else ''
    )
    words = ['tools/train.py', prepared.config, '--work-dir', str(work)]
    latest = _latest_checkpoint(work)
    if latest:
        # Weights of a training by hand have no note: they are taken as told.
        _check_settings(read_state(folder).get('train', inputs), inputs)
        if checkpoint_of(folder, prepared.epochs).is_file():
            return None
        words += ['--resume', str(latest)]
    elif start:
        options.append(f'load_from={start}')
    if options:
        words += ['--cfg-options', *options]
    return Todo(words, inputs)


def _latest_checkpoint(work: Path) -> Optional[Path]:
    """What to go on from, wherever the folder was when it was written."""
    try:
        name = Path((work / 'last_checkpoint').read_text('utf-8')).name
    except FileNotFoundError:
        return None
    return work / name if name and (work / name).is_file() else None


def _check_settings(then: Dict[str, Any], now: Dict[str, Any]) -> None:
    """Raise unless a training was started with today's settings."""
    before, after = flatten(_plain(then)), flatten(_plain(now))
    changed = [
        f'{key} was {before.get(key)!r} and is {after.get(key)!r}'
        for key in sorted(set(before) | set(after))
        if before.get(key) != after.get(key)
    ]
    if changed:
        more = f', and {len(changed) - 3} more' if len(changed) > 3 else ''
        raise StepError(
            'it was trained with other settings: '
            + ', '.join(changed[:3]).replace('settings.', '')
            + more
            + '; move its folder away to train it anew'
        )


def _plain(node: Any) -> Any:
    """Lists as dicts by index, so that a difference has a short name."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return {str(i): _plain(value) for i, value in enumerate(node)}
    return node


def _test(prepared: Prepared, folder: Path) -> Optional[Todo]:
    checkpoint = _trained(prepared, folder)
    inputs = dict(
        checkpoint=sha256(checkpoint), settings=_digest(prepared.testing)
    )
    record, options = folder / 'evaluation.json', prepared.test_words
    words = ['tools/test.py', prepared.config, str(checkpoint)]
    words += ['--work-dir', str(folder / 'test'), '--record', str(record)]
    if options:
        words += ['--cfg-options', *options]
    return _unless_done('test', folder, record, Todo(words, inputs))


def _export(prepared: Prepared, folder: Path) -> Optional[Todo]:
    if not prepared.run.export:
        return None
    bundle = folder / 'bundle'
    inputs = dict(settings=_digest(prepared.testing))
    config, words = prepared.config, []
    if prepared.run.group != 'reference':
        checkpoint = _trained(prepared, folder)
        inputs.update(checkpoint=sha256(checkpoint))
        words = [str(checkpoint)]
        if prepared.options:  # then the config is the one MMEngine kept
            config = str(folder / 'train' / Path(config).name)
    words = ['tools/export_ncnn.py', config, *words, '--out', str(bundle)]
    words += ['--name', prepared.model, '--precision', 'fp32']
    todo = Todo(words, inputs)
    return _unless_done('export', folder, bundle / SPEC_FILE, todo)


def _trained(prepared: Prepared, folder: Path) -> Path:
    checkpoint = checkpoint_of(folder, prepared.epochs)
    if not checkpoint.is_file():
        raise StepError('it is not trained')
    return checkpoint


def _unless_done(
    step: str, folder: Path, output: Path, todo: Todo
) -> Optional[Todo]:
    """None if a step's output is there and of the same inputs."""
    before = read_state(folder).get(step)
    if before is None or not output.exists():
        return todo
    changed = [
        key for key, value in todo.inputs.items() if before.get(key) != value
    ]
    if not changed:
        return None
    return todo._replace(why=f'again: {" and ".join(changed)} changed')


def _digest(settings: Any) -> str:
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


RUN_STEPS: Dict[str, Callable[..., Optional[Todo]]] = {
    'train': _train,
    'test': _test,
    'export': _export,
}
