"""Tables of single experiments: scripts of benchmarks/ and their records."""

import os
from pathlib import Path
from typing import List, Sequence

from .published import Results

__all__ = ['int8_movenet_table', 'timing_trust_table']

RESULTS = 'docs/results'


def int8_movenet_table(results: Results, folder: str = '.') -> str:
    """What rounding each part of MoveNet costs (benchmarks/int8_movenet.py).

    Args:
        results: all records.
        folder: of the document, below the repository's root.

    Returns:
        Markdown, or an empty string without such a record.
    """
    if 'int8_movenet' not in results.experiments:
        return ''
    name, record = results.experiments['int8_movenet']
    head = ['rounded', 'PixelPCK', 'median shift', 'p99 shift']
    head += ['over 0.5 px', 'over 5 px']
    rows = [
        [
            arm,
            f'{found["pixel_pck"]:.3f}',
            f'{found["shift_median_px"]:.2f} px',
            f'{found["shift_p99_px"]:.1f} px',
            f'{found["share_over_half_px"]:.1%}',
            f'{found["share_over_5_px"]:.1%}',
        ]
        for arm, found in record['arms'].items()
    ]
    text = f'{record["persons"]} validation persons of COCO, ONNX Runtime'
    return _table(head, rows) + f'\n\n{text}: {_link(name, folder)}.'


def timing_trust_table(results: Results, folder: str = '.') -> str:
    """Whether times may be believed (benchmarks/timing_trust.py).

    Args and returns as of :func:`int8_movenet_table`.
    """
    if 'timing_trust' not in results.experiments:
        return ''
    name, record = results.experiments['timing_trust']
    cost, busy = record['overhead'], record['busy_neighbour']
    rows = []
    for model, runs in record['two_runs'].items():
        turns = record['taking_turns'][model]
        first, second = runs['total']['ms']
        apart = [
            f'{found[stage]["apart"]:.1%}'
            for found in (runs, turns)
            for stage in ('forward', 'total')
        ]
        rows.append([model, f'{first:.2f}', f'{second:.2f}', *apart])
    head = ['model', 'first run, ms', 'second', 'forwards apart']
    head += ['sums apart', 'taking turns: forwards', 'sums']
    flags = ', '.join(
        flag if text is True else f'{flag} ({text})'
        for flag, text in busy['flags'].items()
    )
    return '\n\n'.join(
        [
            f'- A loop of the timing costs {cost["loop_ms"] * 1e3:.2f} us '
            f'beside what is timed: {cost["share"]:.3%} of {cost["model"]}, '
            f'the fastest here.\n'
            f'- Beside a process that never rests, {busy["model"]} takes '
            f'{busy["total"]:.2f} ms and is flagged: {flags}.\n'
            f'- Two runs of {record["repeats"]} processes each, at one '
            'thread, one after the other, and taking turns process by '
            'process:',
            _table(head, rows),
            f'Record: {_link(name, folder)}.',
        ]
    )


def _table(head: Sequence[str], rows: List[List[str]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _link(name: str, folder: str) -> str:
    target = Path(os.path.relpath(f'{RESULTS}/{name}', folder)).as_posix()
    return f'[{name}]({target})'
