"""Print a benchmark record as a Markdown table."""

from typing import Any, Dict, List, Optional, Tuple

from .cpu_features import precision_note
from .device import UNREADABLE
from .results import STAGES
from .rows import reference_row, runtime_of
from .runtimes.engines import NCNN

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
_START = (
    'model',
    'precision',
    'threads',
    'load',
    'first',
    'memory',
    'energy',
    'shift p99',
    'over bound',
    'flags',
)
OF_ALL = ('emulated', 'virtual machine')
"""Flags of the whole device, which a note below the tables tells."""
_RATIOS = ('forward ratio', 'sum ratio')


def format_table(record: Dict[str, Any]) -> str:
    """Return one row per (model, runtime, precision, threads).

    Times are ``median / p90`` in ms. With several models, the last columns
    divide the medians by those of the record's reference at the same
    precision and threads, measured in the same run; see
    :func:`.rows.reference_row`. A second table tells what a start costs, how
    far keypoints are from torch's, and what speaks against the row. A column
    names the engines unless all is ncnn.
    """
    rows = record['rows']
    engines = {runtime_of(row) for row in rows}
    has_ratios = len({row['model'] for row in rows}) > 1 or len(engines) > 1
    head = _HEAD + (_RATIOS if has_ratios else ())
    lines = [head, tuple('---' for _ in head)]
    for row in rows:
        cells = _cells(row)
        if has_ratios:
            cells += _ratios(row, reference_row(row, record))
        lines.append(tuple(cells))
    tables = [lines, *_start_table(rows)]
    if engines - {NCNN}:
        names = [runtime_of(row) for row in rows]
        told = [runtime_of(row) for row in rows if row.get('start')]
        tables = [_with_engines(t, n) for t, n in zip(tables, (names, told))]
    tables = [_markdown(table) for table in tables]
    return '\n\n'.join([*tables, *notes(record)])


def format_failures(record: Dict[str, Any]) -> List[str]:
    """Return one line per reason why something was not timed."""
    cases: Dict[tuple, List[str]] = {}
    for failure in record['failures']:
        cases.setdefault((failure['model'], failure['reason']), [])
        if failure['threads'] is not None:
            cases[failure['model'], failure['reason']].append(_case(failure))
    return [
        f'not timed: {model}'
        + (f' ({", ".join(which)})' if which else '')
        + f': {reason}'
        for (model, reason), which in cases.items()
    ]


def _case(failure: Dict[str, Any]) -> str:
    engine = runtime_of(failure)
    name = '' if engine == NCNN else f'{engine} '
    return f'{name}{failure["precision"]} threads={failure["threads"]}'


def _with_engines(
    lines: List[Tuple[str, ...]], names: List[str]
) -> List[Tuple[str, ...]]:
    """Put a column of engines after that of the models."""
    return [
        (line[0], name, *line[1:])
        for line, name in zip(lines, ['runtime', '---', *names])
    ]


def _markdown(lines: List[Tuple[str, ...]]) -> str:
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _start_table(
    rows: List[Dict[str, Any]],
) -> List[List[Tuple[str, ...]]]:
    """One table of the rows that know, none if no row does."""
    lines = [
        (
            row['model'].replace('|', '\\|'),
            row['precision'],
            str(row['threads']),
            _unit(row['start'].get('load_ms'), 1, 'ms'),
            _unit(row['start'].get('first_ms'), 1, 'ms'),
            _unit(row['start'].get('model_memory_bytes'), 1e6, 'MB'),
            _unit(row.get('energy_mj'), 1, 'mJ'),
            *_shift(row.get('parity') or {}),
            _flags(row.get('flags') or {}),
        )
        for row in rows
        if row.get('start')
    ]
    table = [_START, tuple('---' for _ in _START), *lines]
    if all(row.get('energy_mj') is None for row in rows):
        at = _START.index('energy')
        table = [line[:at] + line[at + 1 :] for line in table]
    return [table] if lines else []


def _unit(value: Optional[float], scale: float, unit: str) -> str:
    return '-' if value is None else f'{value / scale:.1f} {unit}'


def _shift(parity: Dict[str, Any]) -> Tuple[str, str]:
    """99th percentile of the keypoints' shift, and the share over a bound."""
    if 'shift_p99' not in parity:
        return '-', '-'
    over = f'{parity["share_over"]:.1%} of {parity["bound"]:g} px'
    return f'{parity["shift_p99"]:.3f} px', over


def _flags(flags: Dict[str, Any]) -> str:
    texts = [
        name if text is True else f'{name}: {text}'
        for name, text in flags.items()
        if name not in OF_ALL
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
        *map(_time, times),
    ]


def _time(time: Optional[Dict[str, Any]]) -> str:
    return '-' if time is None else f'{time["median"]:.2f} / {time["p90"]:.2f}'


def _scaled(count: Optional[int], unit: str) -> str:
    return '-' if count is None else f'{count / 1e6:.2f} {unit}'


def _ratios(
    row: Dict[str, Any], reference: Optional[Dict[str, Any]]
) -> List[str]:
    if reference is None:
        return ['-', '-']
    return [
        _ratio(row['stages'][stage], reference['stages'][stage])
        for stage in ('forward', 'total')
    ]


def _ratio(own: Optional[Dict], other: Optional[Dict]) -> str:
    if own is None or other is None or not other['median']:
        return '-'
    return f'{own["median"] / other["median"]:.2f}'


def notes(record: Dict[str, Any]) -> List[str]:
    """Say what the numbers are, and what spoils them."""
    plan, device = record['plan'], record['device']
    notes = [
        f'Median / p90 in ms per image (fresh processes: {plan["repeats"]}, '
        f'images in each: at least {plan["loops"]}), on '
        f'{device.get("board") or device.get("cpu") or "this machine"}, '
        f'{_engines(record)}.'
    ]
    if device.get('features'):
        notes.append(f'The processor has {" ".join(device["features"])}.')
    of_ncnn = [r['precision'] for r in record['rows'] if runtime_of(r) == NCNN]
    for precision in dict.fromkeys(of_ncnn):
        note = precision_note(precision, device)
        notes += [note] if note else []
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


def _engines(record: Dict[str, Any]) -> str:
    """Engines and their versions; without rows, the device's ncnn."""
    ncnn = record['device']['versions'].get('ncnn')
    found = {
        runtime_of(row): row.get('runtime_version') or ncnn
        for row in record['rows']
    }
    return ', '.join(
        f'{name} {version}'
        for name, version in (found or {NCNN: ncnn}).items()
    )


def _disagreements(rows: List[Dict[str, Any]]) -> Dict[str, Tuple[int, int]]:
    """Return models whose two counts of MACs differ by more than 5 %."""
    found = {}
    for row in rows:
        macs, counted = row['macs'], row['counted_macs']
        if macs and counted and abs(macs - counted) > 0.05 * counted:
            found[row['model']] = (macs, counted)
    return found
