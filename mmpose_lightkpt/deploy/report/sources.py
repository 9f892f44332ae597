"""Find and read the records that a report is made of.

Benchmarks are checked by :mod:`..results`. Accuracies are records of kind
'evaluation'; their own reader needs the training stack, so the few fields
that a report shows are checked here.
"""

import json
import math
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

from ..results import STAGES, check_record
from ..rows import whole

_EVALUATION = dict(config=str, data=str, date=str, metrics=dict, details=dict)


class Source(NamedTuple):
    """A record and the name of its file, without folders."""

    name: str
    record: Dict[str, Any]


class Sources(NamedTuple):
    """All records, oldest first."""

    benchmarks: List[Source]
    evaluations: List[Source]


def read_sources(paths: Sequence[Union[str, Path]]) -> Sources:
    """Read record files, and those below folders.

    In a folder, JSON files of other kinds are left alone, and so are
    evaluations with options (an ablation, another seed): they are of no
    model that is timed here.

    Raises:
        ValueError: a file is damaged or no record, or there is no benchmark;
            the message names the file.
        OSError: a file or folder is missing or cannot be read.
    """
    found = Sources([], [])
    for path in map(Path, paths):
        files = sorted(path.rglob('*.json')) if path.is_dir() else [path]
        seen = [_add(file, found, path.is_file()) for file in files]
        if not any(seen):
            raise ValueError(f'{path}: no benchmark record here')
    if not found.benchmarks:
        names = ', '.join(str(path) for path in paths)
        raise ValueError(f'{names}: no benchmark record among these')
    for sources in found:
        sources.sort(key=lambda source: source.record['date'])
    return found


def _add(path: Path, found: Sources, is_asked_for: bool) -> bool:
    """Read a file into what was found; whether it was a record."""
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
        kind = _kind(record)
        if kind == 'benchmark':
            check_record(record)
            _check_times(record)
            found.benchmarks.append(Source(path.name, record))
        elif kind == 'evaluation':
            _check_evaluation(record)
            if not record['details'].get('options'):
                found.evaluations.append(Source(path.name, record))
        elif is_asked_for:
            raise ValueError('neither a benchmark nor an evaluation')
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: damaged or no record: {error}') from error
    return kind is not None


def _kind(record: Any) -> Optional[str]:
    """Say what a JSON file holds, None if it is of no concern here."""
    if not isinstance(record, dict):
        return None
    kind = record.get('kind')
    if kind == 'evaluation':
        return kind
    return 'benchmark' if kind is None and 'rows' in record else None


def _check_times(record: Dict[str, Any]) -> None:
    """Refuse what cannot be drawn: no time, no size."""
    for i, row in enumerate(record['rows']):
        for stage in STAGES:
            for key, value in (row['stages'][stage] or {}).items():
                if not _is_number(value) or value < 0:
                    raise ValueError(
                        f'rows[{i}].stages.{stage}.{key} must be a number '
                        f'of at least 0, got {value!r}'
                    )
        if not whole(row['stages'])['median'] > 0:
            raise ValueError(f'rows[{i}].stages.total.median is 0')
        size = row['input_size']
        if len(size) != 2 or not all(isinstance(n, int) for n in size):
            raise ValueError(
                f'rows[{i}].input_size must be [w, h], got {size!r}'
            )


def _check_evaluation(record: Dict[str, Any]) -> None:
    for key, kind in _EVALUATION.items():
        if not isinstance(record.get(key), kind):
            raise ValueError(f'{key} is missing or of the wrong type')
    if not isinstance(record.get('baseline'), (dict, type(None))):
        raise ValueError('baseline is of the wrong type')
    for key in ('metrics', 'baseline'):
        for name, value in (record.get(key) or {}).items():
            if not _is_number(value):
                raise ValueError(
                    f'{key}.{name} must be a finite number, got {value!r}'
                )


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
