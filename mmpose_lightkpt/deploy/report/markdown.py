"""The report as Markdown, for an issue, a README or a pull request."""

from typing import Iterator, List, Sequence

from .cells import cells, heads
from .devices import Device
from .escaping import markdown_code, markdown_text
from .groups import groups, picks
from .merge import Report, Run

# Read more easily as code, and their underscores stay what they are.
_CODE = ('model',)


def format_markdown(report: Report, title: str) -> str:
    """What to take, the table, and each device with its runs."""
    parts = [f'# {markdown_text(title)}', *_picks(report)]
    if report.rows:
        parts.append(_table(report))
    parts.append(legend(report))
    for device in report.devices:
        parts += _device(device, report.runs)
    return '\n\n'.join(part for part in parts if part) + '\n'


def legend(report: Report) -> str:
    """What the figures mean."""
    notes = [
        'Times are medians in ms for one image; pre-process, forward and '
        'decode are medians of their own and need not add up to the sum. '
        'Flags tell what speaks against a time; no row is left out.'
    ]
    for group in groups(report):
        data = next(row.accuracy.data for row in group.rows)
        base = (
            ''
            if group.baseline is None
            else f' The mean pose, which looks at no picture, scores '
            f'{group.baseline:.3f} {group.label}.'
        )
        notes.append(
            f'{markdown_text(group.name)}: {markdown_text(data)}.{base}'
        )
    return ' '.join(notes)


def _picks(report: Report) -> Iterator[str]:
    for device in report.devices:
        lines = picks(report, device)
        if lines:
            yield f'**{markdown_text(device.label)}**\n\n' + '\n'.join(
                f'- {markdown_text(line.text)}' for line in lines
            )


def _table(report: Report) -> str:
    columns = heads(report)
    lines = [
        [markdown_text(head.name) for head in columns],
        ['--:' if head.is_number else ':--' for head in columns],
    ]
    for row in report.rows:
        lines.append(
            [
                markdown_code(cell.text)
                if head.name in _CODE
                else markdown_text(cell.text)
                for head, cell in zip(columns, cells(row, report))
            ]
        )
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _device(device: Device, runs: Sequence[Run]) -> List[str]:
    facts = '\n'.join(
        f'- {markdown_text(name)}: {markdown_text(text)}'
        for name, text in device.facts
    )
    own = [run for run in runs if run.device == device]
    told = '\n'.join(line for run in own for line in _run(run))
    return [f'## {markdown_text(device.label)}', facts, told]


def _run(run: Run) -> Iterator[str]:
    yield (
        f'- record {markdown_code(run.source)}, '
        f'{markdown_text(run.record["date"])}: '
        f'{markdown_code(run.record["command"])}'
    )
    for line in run_notes(run):
        yield f'  - {markdown_text(line)}'


def run_notes(run: Run) -> List[str]:
    """Plan of a run, its end, and what it could not time."""
    plan, load = run.record['plan'], run.record['device'].get('load_average')
    parts = [
        f'{word} {plan[key]}'
        for key, word in (
            ('repeats', 'fresh processes for each row:'),
            ('loops', 'images in each: at least'),
        )
        if plan.get(key) is not None
    ]
    if isinstance(load, list) and load:
        parts.append(f'load average at the end: {load[0]}')
    lines = ['; '.join(parts)] if parts else []
    if not run.record['complete']:
        lines.append('INTERRUPTED: fewer repeats than planned')
    return lines + run.failures
