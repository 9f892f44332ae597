"""The table of weights that others trained, apart from our own figures."""

import os
from pathlib import Path, PurePosixPath
from typing import Any, Dict

from .published import Results

__all__ = ['imported_table']

RESULTS = 'docs/results'
METRICS = {
    'AP': 'coco/AP',
    'PixelPCK': 'PixelPCK',
    'mean OKS': 'MeanOKS',
    'TorsoPCK, 12 joints': 'TorsoPCK/mean12',
}
HEAD = ('weights', 'tested on', 'input', 'box x', *METRICS, 'record')


def imported_table(results: Results, folder: str = '.') -> str:
    """One row per test: file of the weights, data, crop, accuracies.

    Args:
        results: all records; of those with the same row, the newest counts.
        folder: of the document, below the repository's root.

    Returns:
        Markdown, or an empty string where nothing imported was tested.
    """
    newest = {
        _key(record): (name, record) for name, record in results.imported
    }
    if not newest:
        return ''
    rows = [HEAD, ['---'] * len(HEAD)]
    for key, (name, record) in sorted(newest.items()):
        link = Path(os.path.relpath(f'{RESULTS}/{name}', folder)).as_posix()
        figures = [_figure(record, metric) for metric in METRICS.values()]
        stem = PurePosixPath(name).stem
        rows.append([*key, *figures, f'[{stem}]({link})'])
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)


def _key(record: Dict[str, Any]) -> tuple:
    """Weights, data and crop, in words."""
    details = record['details']
    tested = record['data'].partition('; tested on ')[2]
    return (
        details['source'].split(',')[0],
        tested.partition(' (')[0],
        details['input'],
        f'{details["padding"]:.2f}',
    )


def _figure(record: Dict[str, Any], metric: str) -> str:
    value = record['metrics'].get(metric)
    return '-' if value is None else f'{value:.3f}'
