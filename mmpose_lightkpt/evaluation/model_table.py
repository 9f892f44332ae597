"""Write the tables of README.md and docs/model_zoo.md from their records.

``make docs`` calls this; a test fails when a committed table is not what the
committed records say.
"""

import os
from pathlib import Path, PurePosixPath
from typing import Any, Callable, Dict, List, Sequence, Union

from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.deploy.table import format_failures, format_table
from mmpose_lightkpt.deploy.zoo_table import zoo_table

from .experiments import DOCUMENTS as EXPERIMENTS
from .imported_table import imported_table
from .marked_block import replace_block
from .published import Column, Model, Results, models, read_results

__all__ = ['overview', 'promise', 'results_table', 'update_documents', 'zoo']

RESULTS = 'docs/results'
NOTHING = '*No record yet: figures appear here once `docs/results/` has any.*'
# PixelPCK that is no difference: seeds and persons move it as much.
AS_GOOD = 0.01
# Metric keys by column; a column only shows where it is measured.
METRICS = {
    'PixelPCK': 'PixelPCK',
    'AP': 'coco/AP',
    'mean OKS': 'MeanOKS',
    'TorsoPCK': 'TorsoPCK/mean14',
}
LEGEND = (
    'In brackets after an accuracy: the mean pose, which looks at no picture. '
    'PixelPCK: labelled joints within 5 px of a 160 px crop. AP: COCO AP with '
    'annotated boxes; mean OKS needs no score. Times: median ms of one image '
    'in ncnn, fp32, forward / sum of pre-process, forward and decode'
)


def update_documents(root: Union[str, Path], write: bool = True) -> List[Path]:
    """Bring the generated blocks of a repository up to date.

    Args:
        root: the repository.
        write: False only looks.

    Returns:
        The files that were, or are, out of date.

    Raises:
        ValueError: a record is damaged or a marker is missing.
    """
    root = Path(root)
    results = read_results(root / RESULTS)
    outdated = []
    for name, blocks in DOCUMENTS.items():
        path = root / name
        old = new = path.read_text(encoding='utf-8')
        folder = PurePosixPath(name).parent.as_posix()
        for block, make in blocks.items():
            try:
                new = replace_block(new, block, make(results, folder))
            except ValueError as error:
                raise ValueError(f'{path}: {error}') from error
        if new != old:
            outdated.append(path)
            if write:
                write_atomically(path, new.encode())
    return outdated


def promise(results: Results, folder: str = '.') -> str:
    """One sentence about the most accurate model on photographs.

    Of those that are as good, within 0.01 of PixelPCK, the fastest.

    Args:
        results: all records.
        folder: of the document, below the repository's root.

    Returns:
        The sentence, or an empty string where no record supports one.
    """
    ready = [
        (
            model.evaluation['metrics']['PixelPCK'],
            -time.row['stages']['total']['median'],
            model,
            column,
        )
        for model in models(results)
        for column, time in model.times.items()
        if column.threads == 1
        and model.evaluation
        and '/coco/' in model.evaluation['config']
        and 'PixelPCK' in model.evaluation['metrics']
    ]
    if not ready:
        return ''
    best = max(pck for pck, *_ in ready)
    as_good = [entry for entry in ready if entry[0] >= best - AS_GOOD]
    pck, time, model, column = max(as_good, key=lambda entry: entry[1])
    return (
        f'**{_link(model, folder)}: photograph to keypoints in {-time:.1f} ms '
        f'on one thread of {column.device}, {_size(model, "file_bytes")}, '
        f'PixelPCK {pck:.3f}; {model.evaluation["data"]}.**'
    )


def results_table(results: Results, folder: str = '.') -> str:
    """One row per model: size, accuracies, times. Arguments as above.

    A model has none if there is nothing but its name to put there.
    """
    shown = {*METRICS.values()}
    found = [m for m in models(results) if m.times or shown & {*_judged(m)}]
    if not found:
        return NOTHING
    judged = {key for model in found for key in _judged(model)}
    metrics = [name for name, key in METRICS.items() if key in judged]
    columns = sorted({c for model in found for c in model.times})
    head = ['model', 'data', 'params', 'MACs', 'file', *metrics]
    head += [f'{c.device}, {_threads(c.threads)}' for c in columns]
    rows = [
        [
            _link(model, folder),
            _data(model),
            _size(model, 'params'),
            _size(model, 'macs'),
            _size(model, 'file_bytes'),
            *(_accuracy(model, METRICS[name]) for name in metrics),
            *(_time(model, column) for column in columns),
        ]
        for model in found
    ]
    return (
        _markdown([head, ['---'] * len(head), *rows]) + '\n\n' + _legend(found)
    )


def overview(results: Results, folder: str = '.') -> str:
    """The table without models of studies, which have tables of their own.

    A study is a folder with a ``benchmark.json``, as ``run_study.py
    --publish`` leaves it. Arguments as above.
    """
    studies = {
        PurePosixPath(name).parent
        for name, _ in results.benchmarks
        if PurePosixPath(name).name == 'benchmark.json'
    }
    return results_table(
        Results(
            *(
                [r for r in kind if PurePosixPath(r[0]).parent not in studies]
                for kind in results
            )
        ),
        folder,
    )


def zoo(results: Results, folder: str = '.') -> str:
    """The table, then what each record says about itself."""
    parts = [results_table(results, folder)]
    for name, record in results.zoos:
        parts += [
            f'### Every config: {PurePosixPath(name).parent.name}',
            zoo_table(record),
            *format_failures(record),
            _facts(folder, name, record),
        ]
    for name, record in results.evaluations:
        details = ', '.join(
            f'{key} {value}'
            for key, value in record['details'].items()
            if not isinstance(value, (dict, list))
        )
        parts += [
            f'### {PurePosixPath(record["config"]).stem}',
            _facts(
                folder,
                name,
                record,
                data=record['data'],
                details=details,
                metrics=_listed(record['metrics']),
                mean_pose=_listed(record['baseline'] or {}),
            ),
        ]
    for name, record in results.benchmarks:
        parts += [
            f'### Benchmark: {PurePosixPath(name).stem}',
            format_table(record),
            *format_failures(record),
            _facts(folder, name, record),
        ]
    return '\n\n'.join(parts)


DOCUMENTS: Dict[str, Dict[str, Callable[..., str]]] = {
    'README.md': {'promise': promise, 'results': overview},
    'docs/model_zoo.md': {'results': zoo},
    'configs/body_2d_keypoint/movenet/coco/movenet_coco.md': {
        'imported': imported_table
    },
    **EXPERIMENTS,
}


def _facts(folder: str, name: str, record: Dict[str, Any], **more: str) -> str:
    """A list of what a record was made of, with a link to it."""
    facts = {key.replace('_', ' '): text for key, text in more.items() if text}
    facts.update(
        date=record['date'],
        command=f'`{record["command"]}`',
        record=f'[{name}]({_to(f"{RESULTS}/{name}", folder)})',
    )
    return '\n'.join(f'- {key}: {text}' for key, text in facts.items())


def _listed(metrics: Dict[str, float]) -> str:
    return ', '.join(f'{name} {value:.4f}' for name, value in metrics.items())


def _to(target: str, folder: str) -> str:
    """A link from a document's folder to a file of the repository."""
    return Path(os.path.relpath(target, folder)).as_posix()


def _link(model: Model, folder: str) -> str:
    if model.evaluation is None:
        return f'`{model.name}`'
    return f'[{model.name}]({_to(model.evaluation["config"], folder)})'


def _data(model: Model) -> str:
    if model.evaluation is None:
        return '-'
    name = PurePosixPath(model.evaluation['config']).parent.name
    start = model.evaluation['data'].partition('trained from ')[2]
    return f'{name}, from {start.partition(" ")[0]}' if start else name


def _size(model: Model, key: str) -> str:
    value = model.size.get(key)
    if value is None:
        return '-'
    return f'{value / 1e6:.2f} {"MB" if key == "file_bytes" else "M"}'


def _judged(model: Model) -> Dict[str, float]:
    return model.evaluation['metrics'] if model.evaluation else {}


def _accuracy(model: Model, key: str) -> str:
    if key not in _judged(model):
        return '-'
    baseline = (model.evaluation['baseline'] or {}).get(key)
    mean_pose = '' if baseline is None else f' ({baseline:.3f})'
    return f'{_judged(model)[key]:.3f}{mean_pose}'


def _time(model: Model, column: Column) -> str:
    bench = model.times.get(column)
    if bench is None:
        return '-'
    forward, total = (
        bench.row['stages'][stage]['median'] for stage in ('forward', 'total')
    )
    ratio = '' if bench.ratio is None else f' ({bench.ratio:.2f})'
    return f'{forward:.2f} / {total:.2f}{ratio}'


def _threads(count: int) -> str:
    return '1 thread' if count == 1 else f'{count} threads'


def _legend(found: Sequence[Model]) -> str:
    """What the figures mean, and what times are relative to."""
    names = sorted(
        {
            bench.reference['model']
            for model in found
            for bench in model.times.values()
            if bench.ratio is not None
        }
    )
    ratios = f'; in brackets, forward relative to {", ".join(names)}'
    return f'{LEGEND}{ratios if names else ""}.'


def _markdown(rows: List[List[str]]) -> str:
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
