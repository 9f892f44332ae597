"""Is it slower than it was? A record against an older one.

Times of another machine say nothing about a change of the code, and noise is
no change: a row counts as slower only beyond a threshold. What speaks against
either time is shown beside, and does not excuse it.
"""

from typing import Any, Dict, List, NamedTuple

from .rows import case_of, runtime_of
from .runtimes.engines import NCNN

THRESHOLD = 0.1
# A flag of the whole device, which both records have.
_OF_DEVICE = ('virtual machine',)


class Change(NamedTuple):
    """One row of both records."""

    model: str
    precision: str
    threads: int
    old_ms: float
    new_ms: float
    slower: bool
    """Beyond the threshold."""
    doubt: str
    """What speaks against them; '' if nothing does."""
    runtime: str = NCNN

    @property
    def ratio(self) -> float:
        """New over old."""
        return self.new_ms / self.old_ms


def compare(
    new: Dict[str, Any], old: Dict[str, Any], threshold: float = THRESHOLD
) -> List[Change]:
    """Compare the rows that two benchmark records share.

    The forward pass is compared, by the medians of the repeats' medians.

    Args:
        new: a checked record.
        old: a checked record of the same machine.
        threshold: share by which a row may be slower, > 0.

    Raises:
        ValueError: the records are of two machines, one is emulated, or
            they share no row; the message says which.
    """
    if not 0 < threshold < float('inf'):
        raise ValueError(
            f'compare: threshold must be positive, got {threshold}'
        )
    _check_devices(new['device'], old['device'])
    before = {case_of(row): row for row in old['rows']}
    changes = [
        _change(row, before[case_of(row)], threshold)
        for row in new['rows']
        if case_of(row) in before
    ]
    if not changes:
        raise ValueError(
            'compare: no model was timed in both records with the same '
            'engine, threads and precision; the old one has '
            + ', '.join(sorted({row['model'] for row in old['rows']}))
        )
    return changes


def format_changes(changes: List[Change], threshold: float) -> str:
    """A Markdown table of changes, and one line that sums them up."""
    lines = [
        '| model | precision | threads | old ms | new ms | ratio | |',
        '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    lines += [
        f'| {c.model} | {_arithmetic(c)} | {c.threads} | {c.old_ms:.2f} | '
        f'{c.new_ms:.2f} | {c.ratio:.2f} | '
        + '; '.join(filter(None, ['SLOWER' if c.slower else '', c.doubt]))
        + ' |'
        for c in changes
    ]
    slower = sum(c.slower for c in changes)
    lines += [
        '',
        f'{slower} of {len(changes)} slower by more than {threshold:.0%}.',
    ]
    return '\n'.join(lines)


def _arithmetic(change: Change) -> str:
    """The precision, and the engine where it is not ncnn."""
    if change.runtime == NCNN:
        return change.precision
    return f'{change.precision}, {change.runtime}'


def _change(
    new: Dict[str, Any], old: Dict[str, Any], threshold: float
) -> Change:
    times = [row['stages']['forward']['median'] for row in (old, new)]
    return Change(
        new['model'],
        new['precision'],
        new['threads'],
        *times,
        slower=times[1] > (1 + threshold) * times[0],
        doubt='; '.join(
            filter(None, [_doubt('old', old), _doubt('new', new)])
        ),
        runtime=runtime_of(new),
    )


def _doubt(which: str, row: Dict[str, Any]) -> str:
    flags = [name for name in row.get('flags') or () if name not in _OF_DEVICE]
    return f'{which}: {", ".join(flags)}' if flags else ''


def _check_devices(new: Dict[str, Any], old: Dict[str, Any]) -> None:
    for name, device in (('new', new), ('old', old)):
        if device.get('emulated'):
            raise ValueError(
                f'compare: the {name} record is of an emulated processor, '
                'whose times are no latencies'
            )
    for key in ('board', 'cpu', 'machine'):
        if new.get(key) != old.get(key):
            raise ValueError(
                f'compare: the records are of two machines: {key} is '
                f'{new.get(key)!r} and was {old.get(key)!r}'
            )
