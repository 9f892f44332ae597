"""Print a benchmark record as a Markdown table."""

from typing import Any, Dict, List, Optional, Tuple

from .device import UNREADABLE
from .results import STAGES

_HEAD = (
    'model',
    'input',
    'precision',
    'threads',
    'params',
    'MACs',
    'file',
    'pre-process',
    'forward',
    'decode',
    'sum',
)
_START = ('model', 'precision', 'threads', 'load', 'first', 'memory', 'flags')
# Flags of the whole device, which a note below the tables tells.
_OF_ALL = ('emulated', 'virtual machine')
_RATIOS = ('forward ratio', 'sum ratio')


def format_table(record: Dict[str, Any]) -> str:
    """Return one row per (model, precision, threads).

    Times are ``median / p90`` in ms. With several models, the last columns
    divide the medians by those of the record's reference at the same
    precision and threads, measured in the same run. A second table tells
    what a start costs, and what speaks against the times.
    """
    rows = record['rows']
    has_ratios = len({row['model'] for row in rows}) > 1
    head = _HEAD + (_RATIOS if has_ratios else ())
    lines = [head, tuple('---' for _ in head)]
    for row in rows:
        cells = _cells(row)
        if has_ratios:
            cells += _ratios(row, _reference(row, record))
        lines.append(tuple(cells))
    tables = [_markdown(lines), *_start_table(rows)]
    return '\n\n'.join([*tables, *_notes(record)])


def format_failures(record: Dict[str, Any]) -> List[str]:
    """Return one line per reason why something was not timed."""
    cases: Dict[tuple, List[str]] = {}
    for failure in record['failures']:
        cases.setdefault((failure['model'], failure['reason']), [])
        if failure['threads'] is not None:
            cases[failure['model'], failure['reason']].append(
                f'{failure["precision"]} threads={failure["threads"]}'
            )
    return [
        f'not timed: {model}'
        + (f' ({", ".join(which)})' if which else '')
        + f': {reason}'
        for (model, reason), which in cases.items()
    ]


def _markdown(lines: List[Tuple[str, ...]]) -> str:
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _start_table(rows: List[Dict[str, Any]]) -> List[str]:
    """One table of the rows that know, none if no row does."""
    lines = [
        (
            row['model'].replace('|', '\\|'),
            row['precision'],
            str(row['threads']),
            _unit(row['start'].get('load_ms'), 1, 'ms'),
            _unit(row['start'].get('first_ms'), 1, 'ms'),
            _unit(row['start'].get('model_memory_bytes'), 1e6, 'MB'),
            _flags(row.get('flags') or {}),
        )
        for row in rows
        if row.get('start')
    ]
    head = [_START, tuple('---' for _ in _START)]
    return [_markdown(head + lines)] if lines else []


def _unit(value: Optional[float], scale: float, unit: str) -> str:
    return '-' if value is None else f'{value / scale:.1f} {unit}'


def _flags(flags: Dict[str, Any]) -> str:
    texts = [
        name if text is True else f'{name}: {text}'
        for name, text in flags.items()
        if name not in _OF_ALL
    ]
    return '; '.join(texts) or '-'


def _cells(row: Dict[str, Any]) -> List[str]:
    width, height = row['input_size']
    times = (row['stages'][stage] for stage in STAGES)
    return [
        row['model'].replace('|', '\\|'),
        f'{height}x{width}',
        row['precision'],
        str(row['threads']),
        _scaled(row['params'], 'M'),
        _scaled(row['macs'], 'M'),
        f'{row["file_bytes"] / 1e6:.2f} MB',
        *(f'{time["median"]:.2f} / {time["p90"]:.2f}' for time in times),
    ]


def _scaled(count: Optional[int], unit: str) -> str:
    return '-' if count is None else f'{count / 1e6:.2f} {unit}'


def _reference(
    row: Dict[str, Any], record: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """Return the reference's row of the same precision and threads."""
    for other in record['rows']:
        if (
            other['model'] == record['reference']
            and other['precision'] == row['precision']
            and other['threads'] == row['threads']
        ):
            return other
    return None


def _ratios(
    row: Dict[str, Any], reference: Optional[Dict[str, Any]]
) -> List[str]:
    if reference is None:
        return ['-', '-']
    medians = (
        (row['stages'][stage]['median'], reference['stages'][stage]['median'])
        for stage in ('forward', 'total')
    )
    return [f'{own / other:.2f}' if other else '-' for own, other in medians]


def _notes(record: Dict[str, Any]) -> List[str]:
    """Say what the numbers are, and what spoils them."""
    plan, device = record['plan'], record['device']
    notes = [
        f'Median / p90 in ms per image (fresh processes: {plan["repeats"]}, '
        f'images in each: at least {plan["loops"]}), on '
        f'{device.get("board") or device.get("cpu") or "this machine"}, '
        f'ncnn {device["versions"].get("ncnn")}.'
    ]
    if device.get('emulated'):
        notes.append('EMULATED: these times are not latencies.')
    elif device.get('virtual'):
        notes.append('Virtual machine: times may be disturbed by others.')
    if device.get('governor') == UNREADABLE:
        notes.append(
            f'Governor of the clock: {UNREADABLE}; it may hold the clock low.'
        )
    for name, (macs, counted) in _disagreements(record['rows']).items():
        notes.append(
            f'MACs of {name}: pnnx says {_scaled(macs, "M")}, a count of its '
            f'graph {_scaled(counted, "M")}.'
        )
    if not record['complete']:
        notes.append('INTERRUPTED: fewer repeats than planned.')
    return notes


def _disagreements(rows: List[Dict[str, Any]]) -> Dict[str, Tuple[int, int]]:
    """Return models whose two counts of MACs differ by more than 5 %."""
    found = {}
    for row in rows:
        macs, counted = row['macs'], row['counted_macs']
        if macs and counted and abs(macs - counted) > 0.05 * counted:
            found[row['model']] = (macs, counted)
    return found
