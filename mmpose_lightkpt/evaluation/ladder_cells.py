"""Cells of a study's tables: one rung, one kind of figure."""

from pathlib import PurePosixPath
from typing import Any, Dict, Mapping, Optional, Tuple

from .ladder import Record, Rung, bench_row, figure

__all__ = ['accuracy', 'changes', 'difference', 'effort', 'size_and_times']

# Options that tell how long, or with which seed; the columns say that.
NOT_CHANGES = ('train_cfg.max_epochs', 'randomness.seed')


def size_and_times(
    rung: Rung, benchmark: Optional[Record], threads: int, precision: str
) -> Dict[str, str]:
    """Cells that come from a benchmark; none without one."""
    if benchmark is None:
        return {}
    row = bench_row(benchmark, rung.bench_name, threads, precision)
    other = bench_row(benchmark, benchmark['reference'], threads, precision)
    return {
        'params': _count(row, 'params'),
        'MACs': _count(row, 'macs'),
        'forward ms': _median(row, 'forward'),
        'ratio': _ratio(row, other),
        'decode ms': _median(row, 'decode'),
    }


def _count(row: Optional[Record], key: str) -> str:
    if row is None or row[key] is None:
        return '-'
    return f'{row[key] / 1e6:.2f} M'


def _median(row: Optional[Record], stage: str) -> str:
    return '-' if row is None else f'{row["stages"][stage]["median"]:.2f}'


def _ratio(row: Optional[Record], other: Optional[Record]) -> str:
    if row is None or other is None:
        return '-'
    own, base = (one['stages']['forward']['median'] for one in (row, other))
    return f'{own / base:.2f}' if base else '-'


def accuracy(rung: Rung, metric: str) -> str:
    """Mean over the seeds, with half of their range if there are several."""
    found = figure(rung, metric)
    if found is None:
        return '-'
    spread = f' ± {(found.high - found.low) / 2:.3f}'
    return f'{found.mean:.3f}{spread if found.seeds > 1 else ""}'


def difference(rung: Rung, control: Rung, metric: str) -> str:
    """An accuracy, and in brackets by how much it exceeds the control's."""
    own, other = figure(rung, metric), figure(control, metric)
    if own is None or other is None or rung is control:
        return accuracy(rung, metric)
    return f'{accuracy(rung, metric)} ({own.mean - other.mean:+.3f})'


def effort(rung: Rung) -> Dict[str, str]:
    """Epochs, seeds and hours of a training of each seed, if it has any."""
    records = rung.records if rung.trained else ()
    details = [record['details'] for record in records]
    epochs = sorted({d['epochs'] for d in details if d.get('epochs')})
    hours = [d['training_hours'] for d in details if d.get('training_hours')]
    seeds = sum('seed' in d for d in details)
    return {
        'epochs': ', '.join(map(str, epochs)) or '-',
        'seeds': str(seeds) if seeds else '-',
        'hours': f'{sum(hours) / len(hours):.2f}' if hours else '-',
    }


def changes(rung: Rung, control: Rung) -> str:
    """What a rung has that the control has not: its config, its options.

    An option that stands at several places, as a codec's does, is named once;
    MMEngine's ``_delete_`` sets nothing.
    """
    (own_config, own), (config, other) = map(_settings, (rung, control))
    found = {
        f'{key.rpartition(".")[2]}={value}': None
        for key, value in own.items()
        if other.get(key, ()) != value
        and key not in NOT_CHANGES
        and not key.endswith('_delete_')
    }
    if own_config != config and rung.records and control.records:
        found[own_config] = None
    return ', '.join(f'`{change}`' for change in found) or '-'


def _settings(rung: Rung) -> Tuple[str, Mapping[str, Any]]:
    """Stem of the config, and the options."""
    if not rung.records:
        return '', {}
    record = rung.records[0]
    stem = PurePosixPath(record['config']).stem
    return stem, record['details'].get('options', {})
