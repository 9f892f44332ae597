"""Where the time goes: one stacked bar for each row, longest 100 %."""

from typing import List, Sequence

from .devices import Device
from .escaping import html_text
from .merge import Report, Row
from .scatter import marks

PARTS = {'preprocess': 'pre-process', 'forward': 'forward', 'decode': 'decode'}


def bars(report: Report) -> str:
    """Bars of every device, each device in a scale of its own.

    Lengths are given in ms, and the style divides them by the longest that is
    shown. A row of the forward pass alone has nothing to stack, and no bar.

    A whisker spans the medians of the repeats' sums; without it nobody sees
    how far a time can be believed.
    """
    parts = []
    for number, device in enumerate(report.devices):
        own = [row for row in report.rows if row.device == device]
        rows = [row for row in own if row.total is not None]
        if rows and device.is_real:
            parts.append(_device(device, rows, number))
    if not parts:
        return '<p class="note">No latency was measured.</p>'
    keys = ''.join(
        f'<span><i class="swatch {name}"></i>{word}</span>'
        for name, word in PARTS.items()
    )
    return (
        f'<p class="keys">{keys}<span><i class="swatch whisker"></i>'
        f'sum: range of the repeats</span></p>{"".join(parts)}'
    )


def _device(device: Device, rows: Sequence[Row], number: int) -> str:
    lines = ''.join(
        _bar(row, number) for row in sorted(rows, key=lambda row: row.total)
    )
    longest = max(map(_reach, rows))
    return (
        f'<section class="bars" data-device="{number}" '
        f'style="--longest:{longest:.4f}">'
        f'<h3>{html_text(device.label)}</h3>{lines}</section>'
    )


def _bar(row: Row, number: int) -> str:
    total = row.stages['total']
    segments: List[str] = []
    words = []
    for name, word in PARTS.items():
        value = row.stages[name]['median']
        segments.append(f'<i class="{name}" style="--ms:{value:.4f}"></i>')
        words.append(f'{word} {value:.2f}')
    segments.append(
        f'<b class="whisker" style="--from:{total["low"]:.4f};'
        f'--ms:{total["high"] - total["low"]:.4f}"></b>'
    )
    told = html_text(
        f'{", ".join(words)}; sum {row.total:.2f} ms, repeats '
        f'{total["low"]:.2f} to {total["high"]:.2f}'
    )
    mark = ' <abbr title="flagged, see the table">⚑</abbr>'
    return (
        f'<div class="row" {marks(row, number)} '
        f'data-reach="{_reach(row):.4f}"><p>'
        f'<span><b>{row.number}</b> {html_text(row.model)}</span> '
        f'<small>{html_text(row.case)}</small>{mark if row.flags else ""}'
        f'<output>{row.total:.2f} ms</output></p>'
        f'<div class="bar" role="img" aria-label="{told}" title="{told}">'
        f'{"".join(segments)}</div></div>'
    )


def _reach(row: Row) -> float:
    """Where the bar or its whisker ends, in ms."""
    stacked = sum(row.stages[name]['median'] for name in PARTS)
    return max(stacked, row.total, row.stages['total']['high'])
