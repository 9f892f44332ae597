"""The figures of a model card, from the record beside it."""

import json
from pathlib import Path
from typing import Any, Dict, List, Union

from .deploy.boxed_model import RECORD_FILE
from .deploy.results import STAGES
from .deploy.runtimes.ncnn import BIN_FILE
from .deploy.spec import ModelSpec
from .evaluation.published import device_name

Row = List[str]


def card_figures(spec: ModelSpec, folder: Union[str, Path]) -> str:
    """Markdown of what the model is, where it was judged and what it costs.

    Args:
        spec: of the boxed bundle.
        folder: of it, with ``record.json`` and the weights.

    Raises:
        FileNotFoundError, ValueError: the record is missing or damaged.
    """
    folder = Path(folder)
    record = json.loads((folder / RECORD_FILE).read_text('utf-8'))
    evaluation, benchmark = record['evaluation'], record['benchmark']
    parts = [
        _table(['what', ''], _facts(spec, folder, record)),
        f'Judged in float32: `{evaluation["command"]}`. The mean pose looks '
        'at no picture.',
        _table(['metric', 'this model', 'mean pose'], _metrics(evaluation)),
    ]
    if benchmark:
        parts += [
            f'Median ms of one image on {device_name(benchmark["device"])}: '
            f'`{benchmark["command"]}`.',
            _table(['precision', 'threads', *STAGES], _times(benchmark)),
        ]
    return '\n\n'.join(parts)


def _facts(spec: ModelSpec, folder: Path, record: Dict[str, Any]) -> List[Row]:
    evaluation, parity = record['evaluation'], record['parity']
    width, height = spec.input_size
    size = (folder / BIN_FILE).stat().st_size
    versions = ('torch', 'pnnx', 'ncnn', 'mmpose')
    named = [f'{n} {spec.versions[n]}' for n in versions if n in spec.versions]
    return [
        ['config', f'`{evaluation["config"]}`'],
        ['data', evaluation['data']],
        ['input', f'{width} x {height} px, box x {spec.padding:g}'],
        ['parameters', f'{spec.params / 1e6:.2f} M'],
        ['multiply-adds', f'{spec.macs / 1e6:.1f} M'],
        ['weights', f'{size / 1e6:.2f} MB, in half precision'],
        ['licence of the weights', spec.license],
        [
            'what halving the weights moves',
            f'99 % of {parity["num_judged"]} joints by at most '
            f'{parity["shift_p99"]:.2g} px, in {parity["num_crops"]} crops of '
            f'{parity["source"]}',
        ],
        ['made with', ', '.join(named)],
    ]


def _metrics(evaluation: Dict[str, Any]) -> List[Row]:
    baseline = evaluation['baseline'] or {}
    return [
        [
            name,
            f'{value:.3f}',
            f'{baseline[name]:.3f}' if name in baseline else '-',
        ]
        for name, value in evaluation['metrics'].items()
    ]


def _times(benchmark: Dict[str, Any]) -> List[Row]:
    return [
        [
            row['precision'],
            str(row['threads']),
            *(f'{row["stages"][stage]["median"]:.2f}' for stage in STAGES),
        ]
        for row in benchmark['rows']
    ]


def _table(head: Row, rows: List[Row]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)
