"""The report as one HTML page: no server, no network, no other file."""

import base64
import hashlib
from pathlib import Path
from typing import Iterator, List

from .bars import bars
from .cells import Cell, Head, cells, heads
from .devices import Device
from .escaping import html_text
from .groups import Group, Pick, default_cases, groups, picks
from .markdown import run_notes
from .merge import Report, Run
from .scatter import COLORS, SHAPES, marks, scatter

_HERE = Path(__file__).parent


def format_page(report: Report, title: str) -> str:
    """The whole page; the browser is told to load nothing and run no script
    but the page's own.

    Args:
        report: what was measured.
        title: heading and name of the page.
    """
    style, script = (
        (_HERE / f'page.{kind}').read_text(encoding='utf-8')
        for kind in ('css', 'js')
    )
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest())
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest.decode()}'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html_text(title)}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{html_text(title)}</h1>{_summary(report)}</header>
<main>
{_picks(report)}
{_filters(report)}
{''.join(_plots(report))}
{_table(report)}
<h2>Where the time goes</h2>
{bars(report)}
<p class="note">Stages are medians of their own and need not add up to the
median of the sum. Each device has its own scale.</p>
{''.join(_environment(report))}
</main>
<script>{script}</script>
</body>
</html>
"""


def _summary(report: Report) -> str:
    models = len({row.model for row in report.rows})
    dates = sorted(run.record['date'][:10] for run in report.runs)
    span = dates[0] if dates[0] == dates[-1] else f'{dates[0]} to {dates[-1]}'
    return (
        f'<p>{_count(models, "model")} on '
        f'{_count(len(report.devices), "device")}, '
        f'{_count(len(report.rows), "timed case")}; {html_text(span)}. '
        'Times are milliseconds for one image.</p>'
    )


def _count(number: int, noun: str) -> str:
    return f'{number} {noun}' + ('' if number == 1 else 's')


def _picks(report: Report) -> str:
    cards = ''
    for number, device in enumerate(report.devices):
        lines = picks(report, device)
        if lines:
            items = ''.join(map(_pick, lines))
            cards += (
                f'<section class="card" data-device="{number}">'
                f'<h3>{_swatch(number)}{html_text(device.label)}</h3>'
                f'<ul>{items}</ul></section>'
            )
    return f'<div class="cards">{cards}</div>' if cards else ''


def _pick(pick: Pick) -> str:
    if pick.model is None:
        return f'<li>{html_text(pick.what)}</li>'
    return (
        f'<li>{html_text(pick.what)}:<br><b>{_model(pick.model)}</b><br>'
        f'{html_text(pick.worth)}</li>'
    )


def _model(name: str) -> str:
    """Names are long, and made of words joined by _."""
    return html_text(name).replace('_', '_<wbr>')


def _filters(report: Report) -> str:
    """Boxes that say what is shown; without scripts everything is."""
    first = set(default_cases(report).values())
    cases = sorted(
        {
            (row.precision != 'fp32', row.precision, row.threads, row.case)
            for row in report.rows
        }
    )
    boxes = ''.join(
        f'<label><input type="checkbox" name="device" value="{number}" '
        f'checked>{_swatch(number)}{html_text(device.label)}</label>'
        for number, device in enumerate(report.devices)
    )
    chips = ''.join(
        f'<label><input type="checkbox" name="case" '
        f'value="{html_text(case)}"{" checked" if case in first else ""}>'
        f'{html_text(case)}</label>'
        for *_, case in cases
    )
    return (
        '<form id="filters" hidden aria-label="What is shown">'
        f'<fieldset><legend>Devices</legend>{boxes}</fieldset>'
        f'<fieldset><legend>Threads and precision</legend>{chips}</fieldset>'
        '<p><output id="shown"></output> '
        '<button type="button" id="all">show all</button></p></form>'
    )


def _plots(report: Report) -> Iterator[str]:
    found = groups(report)
    if not found:
        yield (
            '<h2>Accuracy and latency</h2><p class="note">No model here has '
            'an accuracy: give the report evaluation records as well.</p>'
        )
    for group in found:
        data = next(row.accuracy.data for row in group.rows)
        yield (
            f'<h2>{html_text(group.label)} on {html_text(group.name)} against '
            f'latency</h2><figure>{scatter(group, report.devices)}'
            '<p class="told" aria-live="polite">Higher is more accurate, '
            'further left is faster. Numbers are those of the table; hover '
            'over a point, or tap it. Hollow: flagged. Lines: what nothing '
            f'beats.</p>{_names(group)}<figcaption>{html_text(data)}. '
            'Accuracies are of the trained model in torch.</figcaption>'
            '</figure>'
        )


def _names(group: Group) -> str:
    """What the numbers in the points stand for."""
    models = {
        row.number: (row.model, group.accuracy(row)) for row in group.rows
    }
    items = ''.join(
        f'<li><b>{number}</b>{_model(model)} '
        f'<small>{accuracy:.3f}</small></li>'
        for number, (model, accuracy) in sorted(models.items())
    )
    return f'<ul class="models">{items}</ul>'


def _table(report: Report) -> str:
    columns = heads(report)
    head = ''.join(
        f'<th scope="col" class="{_kind(column)}"><button type="button" '
        f'title="{html_text(column.meaning)}">{html_text(column.name)}'
        '</button></th>'
        for column in columns
    )
    numbers = {device: i for i, device in enumerate(report.devices)}
    body = ''
    for row in report.rows:
        line = ''.join(
            _cell(column, cell, bool(row.flags))
            for column, cell in zip(columns, cells(row, report))
        )
        kind = '' if row.device.is_real else ' class="emulated"'
        body += f'<tr {marks(row, numbers[row.device])}{kind}>{line}</tr>\n'
    return (
        '<h2>All figures</h2><p class="note">Click a heading to sort.</p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        f'<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>'
        '</div>'
    )


def _cell(column: Head, cell: Cell, is_flagged: bool) -> str:
    value = '' if cell.value is None else html_text(cell.value)
    text = (_model if column.name == 'model' else html_text)(cell.text)
    if column.name == 'flags' and cell.value:
        text = f'⚑ {text}'
    kind = _kind(column) + ' flagged' * is_flagged
    return f'<td class="{kind}" data-value="{value}">{text}</td>'


def _kind(column: Head) -> str:
    name = {'#': 'index'}.get(column.name, column.name)
    kinds = ['number'] if column.is_number else []
    return ' '.join(
        kinds + [name] * (name in ('index', 'model', 'device', 'flags', 'sum'))
    )


def _environment(report: Report) -> Iterator[str]:
    yield '<h2>Devices</h2><div class="cards">'
    for number, device in enumerate(report.devices):
        yield _device(number, device, report.runs)
    yield '</div>'


def _device(number: int, device: Device, runs: List[Run]) -> str:
    flags = ''.join(
        f'<p class="flag">⚑ {html_text(flag)}</p>' for flag in device.flags
    )
    facts = ''.join(
        f'<dt>{html_text(name)}</dt><dd>{html_text(text)}</dd>'
        for name, text in device.facts
    )
    told = ''
    for run in runs:
        if run.device == device:
            notes = ''.join(
                f'<li>{html_text(note)}</li>' for note in run_notes(run)
            )
            told += (
                f'<details><summary>{html_text(run.source)}, '
                f'{html_text(run.record["date"][:10])}</summary>'
                f'<ul>{notes}</ul>'
                f'<code>{html_text(run.record["command"])}</code></details>'
            )
    return (
        f'<section class="card"><h3>{_swatch(number)}'
        f'{html_text(device.label)}</h3>{flags}<dl>{facts}</dl>{told}'
        '</section>'
    )


def _swatch(number: int) -> str:
    return (
        f'<svg class="swatch" data-color="{number % COLORS}" '
        f'viewBox="-13 -13 26 26" aria-hidden="true">'
        f'<path d="{SHAPES[number % len(SHAPES)]}"/></svg>'
    )
