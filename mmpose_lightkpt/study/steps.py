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


def checkpoint_of(prepared: Prepared, folder: Path) -> Path:
    """Weights of a run: its checkpoint, or those after the last epoch.

    Not the best: the data of the validation are those of the test.
    """
    last = folder / 'train' / f'epoch_{prepared.epochs}.pth'
    return prepared.checkpoint or last


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
        StepError: what is there was trained with other settings, a
            checkpoint is not there, or a path cannot be an override.
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
        if checkpoint_of(prepared, folder).is_file():
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
    checkpoint = checkpoint_of(prepared, folder)
    inputs = dict(
        checkpoint=_digest_of(checkpoint), settings=_digest(prepared.testing)
    )
    record, options = folder / EVALUATION, prepared.test_words
    words = ['tools/test.py', prepared.config, str(checkpoint)]
    words += ['--work-dir', str(folder / 'test'), '--record', str(record)]
    if options:
        words += ['--cfg-options', *options]
    todo = Todo(words, inputs, lacks=_lacks(prepared, checkpoint))
    outputs = [record]
    if prepared.checkpoint and prepared.options:
        outputs.append(_changed_config(prepared, folder))
    return _unless_done('test', folder, outputs, todo)


def _export(prepared: Prepared, folder: Path) -> Optional[Todo]:
    bundle = folder / 'bundle'
    inputs = dict(settings=_digest(prepared.testing))
    words, lacks = ['tools/export_ncnn.py', prepared.config], ''
    if prepared.run.group == 'reference':
        words += ['--backbone']
    else:
        checkpoint = checkpoint_of(prepared, folder)
        inputs.update(checkpoint=_digest_of(checkpoint))
        lacks = _lacks(prepared, checkpoint)
        words += [str(checkpoint), '--name', prepared.run.model]
        if prepared.options:
            words[1] = str(_changed_config(prepared, folder))
            if prepared.checkpoint and _test(prepared, folder):
                lacks = 'the test, which writes the changed config'
    words += ['--out', str(bundle), '--precision', 'fp32']
    todo = Todo(words, inputs, lacks=lacks)
    return _unless_done('export', folder, [bundle / SPEC_FILE], todo)


def _changed_config(prepared: Prepared, folder: Path) -> Path:
    """The config with its overrides, as MMEngine keeps it.

    A training keeps it, or the test of what is not trained.
    """
    step = 'test' if prepared.checkpoint else 'train'
    return folder / step / Path(prepared.config).name


def _lacks(prepared: Prepared, checkpoint: Path) -> str:
    if checkpoint.is_file():
        return ''
    if prepared.checkpoint:
        raise StepError(
            f'there is no checkpoint {checkpoint}: put the weights there, or '
            f'change {prepared.run.checkpoint!r} in the study; it is relative '
            'to the folder that the study is started in'
        )
    return 'the training'


def _unless_done(
    step: str, folder: Path, outputs: List[Path], todo: Todo
) -> Optional[Todo]:
    """None if a step's outputs are there and of the same inputs."""
    before = read_state(folder).get(step)
    if before is None or not all(path.exists() for path in outputs):
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
