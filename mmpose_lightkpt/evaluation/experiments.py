"""Tables of single experiments: scripts of benchmarks/ and their records."""

import os
from pathlib import Path
from typing import Callable, Dict, List, Sequence

from .published import Results

__all__ = ['architectures_table', 'int8_movenet_table', 'timing_trust_table']

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


def architectures_table(results: Results, folder: str = '.') -> str:
    """What ncnn takes for blocks and networks (movenet_architectures.py).

    Args and returns as of :func:`int8_movenet_table`.
    """
    if 'movenet_architectures' not in results.experiments:
        return ''
    name, record = results.experiments['movenet_architectures']
    networks = record['networks']
    reference = networks[record['reference']]['median_ms']
    rows = [
        [
            network,
            f'{found["params"] / 1e6:.2f} M',
            f'{found["macs"] / 1e6:.0f} M',
            f'{found["median_ms"]:.2f}',
            f'{found["median_ms"] / reference:.3f}',
        ]
        for network, found in networks.items()
    ]
    device = record['device']['cpu']
    text = f'Medians, one thread of {device}, ncnn {record["ncnn"]}, fp32'
    return '\n\n'.join(
        [
            'Microseconds of one block, and of its million products:',
            _block_table(record['blocks'], record['depth']),
            'Whole networks with four branches of 17 joints:',
            _table(['network', 'params', 'MACs', 'ms', 'ratio'], rows),
            f'{text}: {_link(name, folder)}.',
        ]
    )


def _block_table(blocks: dict, depth: int) -> str:
    """A row for each kind of block, a column for each size."""
    cells: Dict[str, Dict[str, str]] = {}
    for name, found in blocks.items():
        kind, size = name.rsplit(', ', 1)
        us = found['median_ms'] * 1e3 / depth
        each = us / (found['macs'] / depth / 1e6)
        cells.setdefault(kind, {})[size] = f'{us:.0f} ({each:.0f})'
    sizes = list(dict.fromkeys(size for row in cells.values() for size in row))
    rows = [[k, *(row.get(z, '-') for z in sizes)] for k, row in cells.items()]
    return _table(['block', *sizes], rows)


def _table(head: Sequence[str], rows: List[List[str]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _link(name: str, folder: str) -> str:
    target = Path(os.path.relpath(f'{RESULTS}/{name}', folder)).as_posix()
    return f'[{name}]({target})'


DOCUMENTS: Dict[str, Dict[str, Callable[[Results, str], str]]] = {
    'docs/how_to/time_other_engines.md': {'int8_movenet': int8_movenet_table},
    'docs/decisions/0011-lightkpt-is-a-narrow-mobilenetv2.md': {
        'architectures': architectures_table
    },
    'docs/how_to/compare_devices.md': {'timing_trust': timing_trust_table},
}
"""Page -> its marked block -> what writes that."""
