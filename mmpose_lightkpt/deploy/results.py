"""The benchmark record: its schema, and files that are never half-written.

A record is one JSON file per run::

    version    1
    command    how it was made, as typed
    date       UTC, ISO 8601
    device     see ``deploy/device.py``
    plan       loops, warm-up and repeats of the run
    reference  the model that ratios are given to, or null
    complete   false when the run was interrupted
    rows       one per (model, runtime, threads, precision) that was timed
    failures   one per model or case that was not timed, with the reason

Times are in milliseconds, for one image (batch 1). A stage that was not timed
is null: of a ``.tflite`` file all but the forward pass.

A row has, besides what is checked here, ``start`` (what a start costs, see
``deploy/startup.py``),
``flags`` (what speaks against its times and keypoints, see
``deploy/validity.py``), ``energy_mj`` (of an image, or null, see
``deploy/energy.py``), ``runtime`` and ``runtime_version`` (the engine) and
``quantisation`` (of int8, see ``deploy/int8.py``). A record has ``sustained``
(thermal curves, see ``deploy/sustained.py``). Records from before November
2026 lack them, and are of ncnn.
"""

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Union

VERSION = 1
STAGES = ('preprocess', 'forward', 'decode', 'total')
FORWARD = STAGES[1]

_NUMBER = (int, float)
_RECORD = dict(
    version=int,
    command=str,
    date=str,
    device=dict,
    plan=dict,
    reference=(str, type(None)),
    complete=bool,
    rows=list,
    failures=list,
)
_ROW = dict(
    model=str,
    input_size=list,
    threads=int,
    precision=str,
    params=(int, type(None)),
    macs=(int, type(None)),
    counted_macs=(int, type(None)),
    file_bytes=int,
    parity=dict,
    stages=dict,
    samples=list,
)
# Absent from older records.
_ROW_SINCE = dict(runtime=str, quantisation=dict)
_FAILURE = dict(
    model=str,
    threads=(int, type(None)),
    precision=(str, type(None)),
    reason=str,
)
_STAGE = dict(
    median=_NUMBER,
    p90=_NUMBER,
    p99=_NUMBER,
    min=_NUMBER,
    cv=_NUMBER,
    low=_NUMBER,
    high=_NUMBER,
    repeats=int,
)


def check_record(record: Any) -> None:
    """Raise a ValueError that names the first key that is wrong."""
    _check(record, _RECORD, 'record')
    if record['version'] != VERSION:
        raise ValueError(
            f'record: version {record["version"]} is not '
            f'supported, expected {VERSION}'
        )
    for i, failure in enumerate(record['failures']):
        _check(failure, _FAILURE, f'failures[{i}]')
    for i, row in enumerate(record['rows']):
        since = {k: kind for k, kind in _ROW_SINCE.items() if k in row}
        _check(row, {**_ROW, **since}, f'rows[{i}]')
        for stage in STAGES:
            where = f'rows[{i}].stages.{stage}'
            if stage not in row['stages']:
                raise ValueError(f'{where} is missing')
            if stage == FORWARD or row['stages'][stage] is not None:
                _check(row['stages'][stage], _STAGE, where)


def save_record(record: Dict[str, Any], path: Union[str, Path]) -> None:
    """Check a record and write it, whole or not at all.

    Raises:
        ValueError: if the record is not of the schema.
        OSError: if it cannot be written; then no file of that name is
            created or changed.
    """
    check_record(record)
    text = json.dumps(record, indent=2, allow_nan=False) + '\n'
    write_atomically(path, text.encode())


def load_record(path: Union[str, Path]) -> Dict[str, Any]:
    """Read and check a record; errors name the file."""
    try:
        record = json.loads(Path(path).read_text(encoding='utf-8'))
        check_record(record)
    except ValueError as error:
        raise ValueError(f'{path}: not a benchmark record: {error}') from error
    return record


def command_line(tool: str) -> str:
    """The command as typed, with absolute paths cut to their name.

    Args:
        tool: the script that is running, as a user would name it.
    """
    words = ['python', tool, *sys.argv[1:]]
    return shlex.join(map(_without_folder, words))


def _without_folder(word: str) -> str:
    """Cut an absolute path, also one behind ``KEY=``, to its name."""
    key, equals, value = word.rpartition('=')
    return (
        f'{key}{equals}{Path(value).name if os.path.isabs(value) else value}'
    )


def check_writable(path: Union[str, Path]) -> None:
    """Raise an OSError now rather than after minutes of measuring."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f'{path} is a folder, a file name is needed')
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent):
        pass


def write_atomically(path: Union[str, Path], data: bytes) -> None:
    """Write bytes under a temporary name beside ``path``, then rename.

    A full disk or an interrupt leaves what was there before.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix='.' + path.name, suffix='.part'
    )
    try:
        with os.fdopen(handle, 'wb') as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _check(value: Any, schema: Dict[str, Any], where: str) -> None:
    """Check the keys of a mapping and the types of their values."""
    if not isinstance(value, dict):
        raise ValueError(
            f'{where} must be an object, got {type(value).__name__}'
        )
    for key, expected in schema.items():
        if key not in value:
            raise ValueError(f'{where}.{key} is missing')
        found = value[key]
        if not isinstance(found, expected) or (
            isinstance(found, bool) and expected is not bool
        ):
            raise ValueError(
                f'{where}.{key} has type {type(found).__name__}: {found!r}'
            )
