"""The steps of one run: which are done, and the command of each other.

Which files they make is told in :mod:`.layout`.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from mmpose_lightkpt.deploy.bundle import sha256
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.deploy.spec import SPEC_FILE

from .layout import EVALUATION
from .overrides import flatten, to_words
from .prepared import Prepared


class StepError(RuntimeError):
    """A step cannot be done or failed; the message says why."""


class Todo(NamedTuple):
    """A step that is to be done."""

    words: List[str]
    """Its command: a script of ours and its arguments."""
    inputs: Dict[str, Any]
    """What it depends on; noted in state.json."""
    why: str = ''
    """Why it is done again, if it was done before."""
    lacks: str = ''
    """What has to be done first, if anything."""


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


def weights_of(folder: Path) -> Path:
    """Last weights of a run of another study.

    A path where nothing is, as long as that run is not trained and judged.
    """
    judged = (folder / EVALUATION).is_file()
    latest = _latest_checkpoint(folder / 'train') if judged else None
    return latest or folder / 'train' / 'last.pth'


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
        StepError: what is there was trained with other settings, or a path
            cannot be an override.
    """
    folder = out / prepared.run.name
    try:
        if step == 'train':
            return _train(prepared, folder, start)
        return RUN_STEPS[step](prepared, folder)
    except ValueError as error:  # a path that no command line can hold
        raise StepError(str(error)) from error


def _train(
    prepared: Prepared, folder: Path, start: Optional[Path]
) -> Optional[Todo]:
    work, options, lacks = folder / 'train', list(prepared.train_words), ''
    inputs = dict(settings=prepared.training, start_from=_digest_of(start))
    if start and not start.is_file():
        lacks = f'the weights of {prepared.run.start_from}'
    words = ['tools/train.py', prepared.config, '--work-dir', str(work)]
    latest = _latest_checkpoint(work)
    if latest:
        # Weights of a training by hand have no note: they are taken as told.
        then = read_state(folder).get('train', inputs)
        if lacks:  # what it started from may be gone by now
            inputs['start_from'], lacks = then.get('start_from'), ''
        _check_settings(then, inputs)
        if checkpoint_of(folder, prepared.epochs).is_file():
            return None
        words += ['--resume', str(latest)]
    elif start:
        options += to_words(dict(load_from=str(start)))
    if options:
        words += ['--cfg-options', *options]
    return Todo(words, inputs, lacks=lacks)


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
    checkpoint = checkpoint_of(folder, prepared.epochs)
    inputs = dict(
        checkpoint=_digest_of(checkpoint), settings=_digest(prepared.testing)
    )
    record, options = folder / EVALUATION, prepared.test_words
    words = ['tools/test.py', prepared.config, str(checkpoint)]
    words += ['--work-dir', str(folder / 'test'), '--record', str(record)]
    if options:
        words += ['--cfg-options', *options]
    todo = Todo(words, inputs, lacks=_lacks(checkpoint))
    return _unless_done('test', folder, record, todo)


def _export(prepared: Prepared, folder: Path) -> Optional[Todo]:
    bundle = folder / 'bundle'
    inputs = dict(settings=_digest(prepared.testing))
    words, lacks = ['tools/export_ncnn.py', prepared.config], ''
    if prepared.run.group == 'reference':
        words += ['--backbone']
    else:
        checkpoint = checkpoint_of(folder, prepared.epochs)
        inputs.update(checkpoint=_digest_of(checkpoint))
        lacks = _lacks(checkpoint)
        words += [str(checkpoint), '--name', prepared.run.model]
        if prepared.options:  # then the config is the one MMEngine kept
            words[1] = str(folder / 'train' / Path(prepared.config).name)
    words += ['--out', str(bundle), '--precision', 'fp32']
    todo = Todo(words, inputs, lacks=lacks)
    return _unless_done('export', folder, bundle / SPEC_FILE, todo)


def _lacks(checkpoint: Path) -> str:
    return '' if checkpoint.is_file() else 'the training'


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


def _digest_of(file: Optional[Path]) -> str:
    return sha256(file) if file and file.is_file() else ''


def _digest(settings: Any) -> str:
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


RUN_STEPS: Dict[str, Callable[..., Optional[Todo]]] = {
    'train': _train,
    'test': _test,
    'export': _export,
}
