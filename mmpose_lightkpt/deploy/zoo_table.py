"""One row per model of a record that timed many: ``make bench``'s table."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .rows import reference_row
from .runtimes.ncnn import BIN_FILE, FP16_BIN_FILE
from .table import OF_ALL, notes

Record = Dict[str, Any]


class _Column(NamedTuple):
    precision: str
    threads: int

    def __str__(self) -> str:
        return f'{self.precision}, {self.threads} thr.'


def zoo_table(record: Record) -> str:
    """Sizes, times, parity and flags, the fastest first.

    Times are ``forward / total`` in ms, medians; in brackets, forward
    relative to the record's reference at the same precision and threads.

    Args:
        record: of a benchmark in ncnn, with or without ``files`` and
            ``weights`` as :mod:`mmpose_lightkpt.zoo` adds them.

    Returns:
        Markdown: the table, what its columns are, and what spoils it.
    """
    columns = _columns(record)
    names = dict.fromkeys(
        entry['model'] for entry in (*record['rows'], *record['failures'])
    )
    head = ['config', 'input', 'params', 'MACs', 'fp32 file', 'fp16 file']
    untrained = ', untrained' if 'weights' in record else ''
    head += [*map(str, columns), f'parity{untrained}', 'flags']
    lines = [
        [
            _name(name, record),
            *_sizes(name, record),
            *(
                _times(_row(name, column, record), record)
                for column in columns
            ),
            _parity(name, record),
            _flags(name, record),
        ]
        for name in sorted(names, key=lambda name: _speed(name, record))
    ]
    table = [head, ['---'] * len(head), *lines]
    text = '\n'.join('| ' + ' | '.join(line) + ' |' for line in table)
    return '\n\n'.join([text, _legend(record), *notes(record)])


def _columns(record: Record) -> List[_Column]:
    """Precisions as they come, each with its threads ascending."""
    cases = [
        _Column(entry['precision'], entry['threads'])
        for entry in (*record['rows'], *record['failures'])
        if entry['threads'] is not None
    ]
    order = list(dict.fromkeys(case.precision for case in cases))
    return sorted(set(cases), key=lambda c: (order.index(c[0]), c[1]))


def _rows(name: str, record: Record) -> List[Record]:
    return [row for row in record['rows'] if row['model'] == name]


def _row(name: str, column: _Column, record: Record) -> Optional[Record]:
    found = (
        row
        for row in _rows(name, record)
        if (row['precision'], row['threads']) == column
    )
    return next(found, None)


def _speed(name: str, record: Record) -> Tuple[float, str]:
    """What models are sorted by: forward in the first column there is."""
    rows = _rows(name, record)
    for column in _columns(record):
        for row in rows:
            if (row['precision'], row['threads']) == column:
                return row['stages']['forward']['median'], name
    return float('inf'), name


def _name(name: str, record: Record) -> str:
    return f'**{name}**' if name == record['reference'] else name


def _sizes(name: str, record: Record) -> List[str]:
    rows, files = _rows(name, record), record.get('files', {}).get(name, {})
    if not rows:
        return ['-'] * 5
    width, height = rows[0]['input_size']
    return [
        f'{height}x{width}',
        *(_millions(rows[0][key], 'M') for key in ('params', 'macs')),
        *(_millions(files.get(f), 'MB') for f in (BIN_FILE, FP16_BIN_FILE)),
    ]


def _millions(count: Optional[int], unit: str) -> str:
    return '-' if count is None else f'{count / 1e6:.2f} {unit}'


def _times(row: Optional[Record], record: Record) -> str:
    if row is None:
        return '-'
    forward = row['stages']['forward']['median']
    text = f'{forward:.2f} / {row["stages"]["total"]["median"]:.2f}'
    other = reference_row(row, record)
    base = other and other['stages']['forward']['median']
    return f'{text} ({forward / base:.2f})' if base else text


def _parity(name: str, record: Record) -> str:
    """Shift by precision, ``FAILS`` where over the bound or not run."""
    told: Dict[str, str] = {}
    for row in _rows(name, record):
        parity = row['parity']
        if parity:
            mark = '' if parity['passed'] else '**FAILS** '
            told[row['precision']] = f'{mark}{parity["shift_p99"]:.2f} px'
            if not parity['num_judged']:
                told[row['precision']] = f'{mark}no clear joint'
    for failure in (*record['failures'], *record.get('left_out', ())):
        if failure['model'] == name:
            told[failure['precision'] or 'all'] = '**NOT TIMED**'
    return ', '.join(f'{key} {text}' for key, text in told.items()) or '-'


def _flags(name: str, record: Record) -> str:
    """What speaks against the times, each flag once with its columns."""
    found: Dict[str, List[str]] = {}
    for row in _rows(name, record):
        for flag in row.get('flags') or {}:
            if flag not in OF_ALL and flag != 'PARITY FAILED':
                case = str(_Column(row['precision'], row['threads']))
                found.setdefault(flag, []).append(case)
    return '; '.join(f'{f} ({", ".join(w)})' for f, w in found.items()) or '-'


def _legend(record: Record) -> str:
    text = (
        'Times: median ms of one image in ncnn, forward / sum of pre-process, '
        'forward and decode'
    )
    if record['reference']:
        text += f'; in brackets, forward relative to {record["reference"]}'
    text += (
        ". Parity: 99th percentile of the keypoints' shift from torch, in px "
        'of the input; FAILS: over 0.05 px in fp32, 0.5 px otherwise'
    )
    text += ''.join(
        f'. {reason}: not timed'
        for reason in dict.fromkeys(
            entry['reason'] for entry in record.get('left_out', ())
        )
    )
    weights = record.get('weights')
    return f'{text}. Weights: {weights}.' if weights else f'{text}.'
