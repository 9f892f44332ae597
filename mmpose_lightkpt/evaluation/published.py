"""The figures of every model that has a record under ``docs/results/``.

Accuracies come from records of kind 'evaluation' (:mod:`.record`), sizes and
times from benchmark records (``deploy/results.py``). A benchmark's model is
the stem of its config, which is what the two are joined by.
"""

import json
from pathlib import Path, PurePosixPath
from typing import (
    Any,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from mmpose_lightkpt.deploy.results import load_record
from mmpose_lightkpt.deploy.rows import runtime_of
from mmpose_lightkpt.deploy.runtimes.engines import NCNN

from .record import KIND, read_record

__all__ = ['Bench', 'Column', 'Model', 'Results', 'models', 'read_results']

Record = Dict[str, Any]
EXPERIMENTS = ('int8_movenet', 'movenet_architectures', 'timing_trust')


class Results(NamedTuple):
    """All records, oldest first, each with its path below the folder."""

    evaluations: List[Tuple[str, Record]]
    benchmarks: List[Tuple[str, Record]]
    zoos: Sequence[Tuple[str, Record]] = ()
    """Benchmarks of every config, with untrained weights: tables of their
    own, since they are of no model that has an accuracy."""
    imported: Sequence[Tuple[str, Record]] = ()
    """Evaluations of weights that others trained."""
    experiments: Mapping[str, Tuple[str, Record]] = {}
    """Kind -> the newest record of a script of benchmarks/."""


class Column(NamedTuple):
    """What times are comparable within."""

    device: str
    threads: int


class Bench(NamedTuple):
    """A row of a benchmark and the reference of its run."""

    row: Record
    reference: Optional[Record]
    """The row it is compared with: same threads and precision, same run."""

    @property
    def ratio(self) -> Optional[float]:
        """Median forward time relative to the reference's."""
        if self.reference is None or self.reference is self.row:
            return None
        own, other = (
            row['stages']['forward']['median']
            for row in (self.row, self.reference)
        )
        return own / other if other else None


class Model(NamedTuple):
    """One line of a table."""

    name: str
    evaluation: Optional[Record]
    times: Dict[Column, Bench]

    @property
    def size(self) -> Record:
        """Parameters, MACs and bytes, or an empty dict."""
        return next((b.row for b in self.times.values()), {})


def read_results(folder: Union[str, Path]) -> Results:
    """Read the records below a folder; other JSON files are left alone.

    So are evaluations with options, of an ablation or another seed: they are
    of no config that is here, and their study shows them. Those of weights
    that others trained are apart, so that no table claims them.

    Raises:
        ValueError: a record is damaged; the message names the file.
    """
    found, experiments = Results([], [], [], []), []
    for path in sorted(Path(folder).rglob('*.json')):
        name = path.relative_to(folder).as_posix()
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
        except ValueError as error:
            raise ValueError(f'{path}: not JSON: {error}') from error
        kind = content.get('kind') if isinstance(content, dict) else None
        if kind == KIND:
            record = read_record(path)
            if record['details'].get('source'):
                found.imported.append((name, record))
            elif not record['details'].get('options'):
                found.evaluations.append((name, record))
        elif kind is None and isinstance(content, dict) and 'rows' in content:
            of_all = found.zoos if 'weights' in content else found.benchmarks
            of_all.append((name, load_record(path)))
        elif kind in EXPERIMENTS:
            experiments.append((name, content))
    for records in (*found[:4], experiments):
        records.sort(key=lambda entry: entry[1]['date'])
    newest = {record['kind']: (name, record) for name, record in experiments}
    return found._replace(experiments=newest)


def device_name(device: Record) -> str:
    """The board or CPU, and whether it is a virtual machine."""
    name = device.get('board') or device.get('cpu') or 'unknown device'
    return name + (' (virtual)' if device.get('virtual') else '')


def times_of(benchmarks: List[Tuple[str, Record]]) -> Dict[str, dict]:
    """Model -> column -> its newest fp32 times in ncnn, none emulated."""
    times: Dict[str, Dict[Column, Bench]] = {}
    for _, record in benchmarks:
        if record['device'].get('emulated'):
            continue
        rows = [
            row
            for row in record['rows']
            if row['precision'] == 'fp32' and runtime_of(row) == NCNN
        ]
        references = {
            row['threads']: row
            for row in rows
            if row['model'] == record['reference']
        }
        for row in rows:
            column = Column(device_name(record['device']), row['threads'])
            bench = Bench(row, references.get(row['threads']))
            times.setdefault(row['model'], {})[column] = bench
    return times


def models(results: Results) -> List[Model]:
    """Join accuracies and times; models without accuracy come last.

    Of several evaluations of one config on the same data the newest counts.
    """
    times = times_of(results.benchmarks)
    newest = {
        (record['config'], record['data']): record
        for _, record in results.evaluations
    }
    judged = []
    for (config, _), record in sorted(newest.items()):
        name = PurePosixPath(config).stem
        judged.append(Model(name, record, times.get(name, {})))
    names = {model.name for model in judged}
    rest = [Model(n, None, t) for n, t in sorted(times.items())]
    return judged + [model for model in rest if model.name not in names]
