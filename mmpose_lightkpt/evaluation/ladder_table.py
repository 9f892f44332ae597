"""The tables of a study in Markdown: its rungs, and its ablations."""

from typing import Dict, List, Mapping, Optional, Sequence

from .joint_groups import GROUPS
from .ladder import Record, Rung, bench_row, reference_rung
from .ladder_cells import (
    accuracy,
    changes,
    difference,
    effort,
    size_and_times,
)
from .published import device_name

__all__ = ['ablation_table', 'ladder_table']

TORSO = 'TorsoPCK/mean'
# Keys by the head of their column, after those of TorsoPCK.
METRICS = {
    'PixelPCK': 'PixelPCK',
    'AP': 'coco/AP',
    'mean OKS': 'MeanOKS',
    'ECE': 'calibration/ECE',
    'AUC': 'calibration/AUC',
}
LEGEND = {
    TORSO: 'TorsoPCK: joints within 0.2 of the distance from left shoulder '
    'to right hip, averaged per joint',
    'PixelPCK': 'PixelPCK: labelled joints within 5 px of a 160 px crop',
    'coco/AP': 'AP: COCO AP with annotated boxes and the scores of the '
    'keypoints',
    'MeanOKS': 'Mean OKS: of each person with its prediction, whatever the '
    'score',
    'calibration/ECE': 'ECE: mean distance between score and share of right '
    'joints, 0 is best',
    'calibration/AUC': 'AUC: chance that a right joint has a higher score '
    'than a wrong one, 0.5 tells nothing',
}


def ladder_table(
    rungs: Sequence[Rung],
    benchmark: Optional[Record] = None,
    threads: int = 1,
    precision: str = 'fp32',
) -> str:
    """One row per rung: size, times, accuracies, and what they cost.

    Args:
        rungs: in the order of the table.
        benchmark: one record, so that all times are of one run. What its
            ratios are given to comes first, the bare backbone of a ladder,
            unless it is one of the rungs.
        threads: of ncnn.
        precision: of ncnn.

    Returns:
        Markdown: a table of all figures, one of TorsoPCK by groups of
        joints if it was measured, and what the figures mean. The mean pose,
        which looks at no picture, comes last.
    """
    reference = (benchmark or {}).get('reference')
    lines = list(rungs)
    if reference and not reference_rung(rungs, benchmark):
        lines.insert(0, Rung(f'*{reference}*', model=reference))
    lines += _mean_pose(rungs)
    metrics, groups = _metrics(rungs), _groups(rungs)
    rows = [
        {
            'rung': rung.name,
            **size_and_times(rung, benchmark, threads, precision),
            **{head: accuracy(rung, key) for head, key in metrics.items()},
            **effort(rung),
        }
        for rung in lines
    ]
    by_group = [
        {'TorsoPCK of': rung.name}
        | {head: accuracy(rung, key) for head, key in groups.items()}
        for rung in lines
        if rung.records
    ]
    return _page(
        _markdown(rows),
        _markdown(by_group) if groups else '',
        _legend(metrics, rungs),
        _data(rungs),
        _about_times(benchmark, rungs, threads, precision),
    )


def ablation_table(
    ablations: Sequence[Rung],
    control: Rung,
    benchmark: Optional[Record] = None,
    threads: int = 1,
    precision: str = 'fp32',
) -> str:
    """One row per ablation: what it changes, and by how much that counts.

    Args:
        ablations: in the order of the table.
        control: what they are compared with: the same start and as many
            epochs, but nothing changed. It comes first.
        benchmark: one record; where it has none of them, sizes and times
            are left out.
        threads: of ncnn.
        precision: of ncnn.

    Returns:
        Markdown; behind each accuracy its difference from the control's.
    """
    lines = [control, *(rung for rung in ablations if rung != control)]
    if not any(
        bench_row(benchmark, rung.bench_name, threads, precision)
        for rung in lines
    ):
        benchmark = None
    metrics = _metrics(lines)
    rows = [
        {
            'ablation': rung.name,
            'change': changes(rung, control),
            **size_and_times(rung, benchmark, threads, precision),
            **{
                head: difference(rung, control, key)
                for head, key in metrics.items()
            },
            **effort(rung),
        }
        for rung in lines
    ]
    return _page(
        _markdown(rows),
        f'In brackets: difference from {control.name}. '
        + _legend(metrics, lines),
        _data(lines),
        _about_times(benchmark, lines, threads, precision),
    )


def _mean_pose(rungs: Sequence[Rung]) -> List[Rung]:
    """The baseline of the first record that has one, as a rung."""
    for rung in rungs:
        for record in rung.records:
            if record['baseline']:
                return [
                    Rung(
                        '*mean pose*',
                        [dict(metrics=record['baseline'], details={})],
                        model='',
                    )
                ]
    return []


def _metrics(rungs: Sequence[Rung]) -> Dict[str, str]:
    """Columns that any rung has a figure for: head -> key."""
    keys = _keys(rungs)
    means = {
        f'TorsoPCK, {key[len(TORSO) :]} joints': key
        for key in keys
        if key.startswith(TORSO)
    }
    columns = {**means, **METRICS}
    return {head: key for head, key in columns.items() if key in keys}


def _groups(rungs: Sequence[Rung]) -> Dict[str, str]:
    """Groups of joints that any rung has a figure for: head -> key."""
    keys = _keys(rungs)
    columns = {group: f'TorsoPCK/group/{group}' for group in GROUPS}
    return {head: key for head, key in columns.items() if key in keys}


def _keys(rungs: Sequence[Rung]) -> List[str]:
    """All metrics, as they come."""
    keys = {
        key: None
        for rung in rungs
        for record in rung.records
        for key in record['metrics']
    }
    return list(keys)


def _legend(metrics: Mapping[str, str], rungs: Sequence[Rung]) -> str:
    """What the columns mean, of those that are there."""
    parts = [
        text
        for name, text in LEGEND.items()
        if any(key.startswith(name) for key in metrics.values())
    ]
    errors = [
        error
        for rung in rungs
        for record in rung.records
        for error in record['details'].get('standard_error', {}).values()
    ]
    if errors:
        parts.append(
            'Standard error of TorsoPCK over the persons of the test: up to '
            f'{max(errors):.3f}'
        )
    if any(len(rung.records) > 1 for rung in rungs):
        parts.append('±: half of the range over the seeds')
    parts.append('hours: of one training')
    return '. '.join(parts) + '.'


def _data(rungs: Sequence[Rung]) -> str:
    """What was trained and tested on, each once."""
    found = {record['data']: None for rung in rungs for record in rung.records}
    return '; '.join(found) and f'Data: {"; ".join(found)}.'


def _about_times(
    benchmark: Optional[Record],
    rungs: Sequence[Rung],
    threads: int,
    precision: str,
) -> str:
    if benchmark is None:
        return ''
    device, rung = benchmark['device'], reference_rung(rungs, benchmark)
    base = f'forward relative to {benchmark["reference"]}'
    if rung:
        base = f'relative to the forward of {rung}'
    text = (
        f'Times: median of one image in ncnn, {precision}, {threads} '
        f'thread{"s" if threads > 1 else ""} of {device_name(device)}, all in '
        f'one run; ratio: {base}.'
    )
    if device.get('emulated'):
        text += ' EMULATED: these times are not latencies.'
    return text if benchmark['complete'] else text + ' INTERRUPTED.'


def _markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows that all have the same columns; nothing where there are none."""
    if not rows:
        return ''
    head = list(rows[0])
    lines = [head, ['---'] * len(head), *(row.values() for row in rows)]
    return '\n'.join(
        '| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |'
        for line in lines
    )


def _page(*parts: str) -> str:
    return '\n\n'.join(filter(None, parts))
