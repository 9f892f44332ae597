"""The columns of the table, shared by the page and by Markdown."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Union

from ..runtimes.engines import NCNN
from .merge import METRICS, Report, Row

Value = Union[float, int, str, None]


class Head(NamedTuple):
    """A column."""

    name: str
    meaning: str
    is_number: bool = True


class Cell(NamedTuple):
    """What is shown, and what it is sorted by (None comes last)."""

    text: str
    value: Value


def heads(report: Report) -> List[Head]:
    """Columns of a table; those that nothing would be in are left out."""
    shown = [
        Head('#', 'number of the model in the plot'),
        Head('model', 'stem of its config', False),
        Head('sum', 'median ms from crop to keypoints'),
        Head('fps', '1000 / sum'),
        *(Head(METRICS.get(key, key), key) for key in report.metrics),
    ]
    if report.metrics:
        shown.append(Head('data', 'what accuracies were measured on', False))
    if len(report.devices) > 1:
        shown.append(Head('device', 'see below for each', False))
    if _has_peers(report):
        shown.append(Head('runtime', 'engine that was timed', False))
    shown += [
        Head('threads', 'threads of an inference'),
        Head('precision', 'arithmetic', False),
        Head('pre', 'pre-process, median ms'),
        Head('forward', 'forward pass, median ms'),
        Head('decode', 'decode, median ms'),
        Head('p90', '90th percentile of the sum, ms'),
        Head('range', "lowest and highest repeat's median of the sum, ms"),
    ]
    if _has_ratios(report):
        shown.append(Head('ratio', 'sum relative to the reference of its run'))
    return shown + [
        Head('input', 'height x width', False),
        Head('params', 'parameters, millions'),
        Head('MACs', 'multiply-accumulates, millions'),
        Head('MB', 'size of the exported files'),
        Head(
            'shift', 'keypoints against torch, p99 in px; ! is over the bound'
        ),
        Head('flags', 'what speaks against the time', False),
    ]


def cells(row: Row, report: Report) -> List[Cell]:
    """The row's cells, in the order of :func:`heads`."""
    total = row.stages['total']
    known = row.accuracy.metrics if row.accuracy else {}
    shown = [
        Cell(str(row.number), row.number),
        _name(row.model),
        _ms(row.total),
        _number(row.fps, 1),
        *(_number(known.get(key), 3) for key in report.metrics),
    ]
    if report.metrics:
        shown.append(_name(row.accuracy.group if row.accuracy else None))
    if len(report.devices) > 1:
        shown.append(_name(row.device.label))
    if _has_peers(report):
        shown.append(_name(row.runtime))
    shown += [Cell(str(row.threads), row.threads), _name(row.precision)]
    shown += [
        _ms(stage and stage['median'])
        for stage in map(row.stages.get, ('preprocess', 'forward', 'decode'))
    ]
    shown += [_ms(total and total['p90']), _span(total)]
    if _has_ratios(report):
        shown.append(_number(row.ratio, 2))
    width, height = row.input
    return shown + [
        Cell(f'{height}x{width}', f'{height:05d}x{width:05d}'),
        *(
            _number(value if value is None else value / 1e6, 2)
            for value in row.facts.values()
        ),
        _shift(row),
        _flags(list(dict.fromkeys([*row.flags, *row.device.flags]))),
    ]


def _has_ratios(report: Report) -> bool:
    return any(row.ratio is not None for row in report.rows)


def _has_peers(report: Report) -> bool:
    return any(row.runtime != NCNN for row in report.rows)


def _shift(row: Row) -> Cell:
    """A shift beyond the bound is marked, here as in the flags."""
    cell = _number(row.shift, 3)
    return cell if row.agrees else Cell(f'{cell.text} !', cell.value)


def _flags(flags: Sequence[str]) -> Cell:
    return Cell('; '.join(flags) or '-', '; '.join(flags) or None)


def _name(text: Optional[str]) -> Cell:
    return Cell('-', None) if text is None else Cell(text, text.lower())


def _number(value: Optional[float], digits: int) -> Cell:
    if value is None:
        return Cell('-', None)
    return Cell(f'{value:.{digits}f}', value)


def _span(total: Optional[Dict[str, float]]) -> Cell:
    if total is None:
        return Cell('-', None)
    text = f'{_ms(total["low"]).text} to {_ms(total["high"]).text}'
    return Cell(text, total['high'] - total['low'])


def _ms(value: Optional[float]) -> Cell:
    """Three significant figures, but whole milliseconds from 100."""
    if value is None:
        return Cell('-', None)
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return Cell(f'{value:.{digits}f}', value)
