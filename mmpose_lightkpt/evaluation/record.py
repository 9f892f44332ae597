"""The record of a training or evaluation: every published figure has one.

A record is one JSON file under ``docs/results/``::

    version    1
    kind       'evaluation'
    command    how it was made, as typed
    config     the config's path within the repository
    data       what it was trained and judged on, in words
    date       UTC, ISO 8601
    device     see ``deploy/device.py``; it holds the versions as well
    metrics    names and figures
    baseline   the same metrics of the mean pose, or null
    details    whatever else explains the figures (epochs, hours, options of
               an ablation, bins of a calibration; ``source`` of weights that
               others trained)

Benchmarks have a record of their own, in ``deploy/results.py``.
"""

import datetime
import json
import math
from pathlib import Path, PureWindowsPath
from typing import Any, Dict, Mapping, Optional, Union

from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import write_atomically

VERSION = 1
KIND = 'evaluation'
_KEYS = dict(
    version=int,
    kind=str,
    command=str,
    config=str,
    data=str,
    date=str,
    device=dict,
    metrics=dict,
    baseline=(dict, type(None)),
    details=dict,
)


def write_record(
    path: Union[str, Path],
    *,
    command: str,
    config: str,
    data: str,
    metrics: Mapping[str, float],
    baseline: Optional[Mapping[str, float]] = None,
    details: Optional[Mapping[str, Any]] = None,
) -> Dict[str, Any]:
    """Complete a record with date and device, check it and write it.

    Args:
        path: the JSON file, written whole or not at all.
        command: how it was made, as typed in the root of the repository.
        config: path of the config within the repository.
        data: what it was trained and judged on, in words.
        metrics: figures by name, as the evaluator returns them.
        baseline: the same of the mean pose, if it was measured.
        details: JSON-able explanations, such as epochs and hours.

    Returns:
        The record.

    Raises:
        ValueError: if something is missing, not finite, or a path outside
            of the repository (which nobody else could use).
        OSError: if the file cannot be written.
    """
    record = dict(
        version=VERSION,
        kind=KIND,
        command=command,
        config=str(config),
        data=data,
        date=datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec='seconds'
        ),
        device=describe_device(),
        metrics=_numbers(metrics),
        baseline=None if baseline is None else _numbers(baseline),
        details=dict(details or {}),
    )
    check_record(record)
    text = json.dumps(record, indent=2, allow_nan=False) + '\n'
    write_atomically(path, text.encode())
    return record


def read_record(path: Union[str, Path]) -> Dict[str, Any]:
    """Read and check a record; errors name the file."""
    try:
        record = json.loads(Path(path).read_text(encoding='utf-8'))
        check_record(record)
    except ValueError as error:
        raise ValueError(f'{path}: not a record: {error}') from error
    return record


def check_record(record: Any) -> None:
    """Raise a ValueError that names the first key that is wrong."""
    if not isinstance(record, dict):
        raise ValueError(f'expected an object, got {type(record).__name__}')
    for key, kind in _KEYS.items():
        if not isinstance(record.get(key), kind):
            raise ValueError(f'{key} is missing or of the wrong type')
    if record['version'] != VERSION or record['kind'] != KIND:
        raise ValueError(
            f'expected kind {KIND!r} of version {VERSION}, got '
            f'{record["kind"]!r} of version {record["version"]}'
        )
    for key in ('command', 'config', 'data'):
        if not record[key].strip():
            raise ValueError(f'{key} is empty')
    _check_config(record['config'])
    datetime.datetime.fromisoformat(record['date'])
    if not record['metrics']:
        raise ValueError('metrics is empty')
    _check_numbers(record, 'metrics')
    _check_numbers(record, 'baseline')


def _check_numbers(record: Dict[str, Any], key: str) -> None:
    for name, value in (record[key] or {}).items():
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(
                f'{key}.{name} must be a finite number, got {value!r}'
            )


def _check_config(config: str) -> None:
    path = Path(config)
    if (
        path.is_absolute()
        or PureWindowsPath(config).is_absolute()
        or '..' in path.parts
    ):
        raise ValueError(
            f'config must be a path within the repository, got {config}'
        )


def _numbers(metrics: Mapping[str, float]) -> Dict[str, float]:
    """Plain numbers instead of numpy's, rounded to what is significant."""
    return {name: round(float(value), 6) for name, value in metrics.items()}
