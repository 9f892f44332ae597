"""Join times of several devices with the accuracies of their models."""

from pathlib import PurePosixPath
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..results import STAGES
from ..rows import reference_row, runtime_of
from ..runtimes.engines import NCNN
from ..table import format_failures
from .devices import Device, name_devices
from .flags import row_flags
from .sources import Source, Sources

# What is shown first of the metrics, and in which words.
METRICS = {
    'coco/AP': 'AP',
    'TorsoPCK/mean14': 'TorsoPCK',
    'MeanOKS': 'mean OKS',
    'PixelPCK': 'PixelPCK',
}


class Accuracy(NamedTuple):
    """What a model was judged to be worth."""

    group: str
    """Data set, the folder of the model's config: compare within it."""
    data: str
    """The same in words."""
    metrics: Dict[str, float]
    baseline: Dict[str, float]


class Row(NamedTuple):
    """One (device, model, runtime, threads, precision)."""

    number: int
    """Of the model, from 1: most accurate first, then by name."""
    model: str
    device: Device
    input: Tuple[int, int]
    """(w, h) in pixels."""
    threads: int
    precision: str
    shift: Optional[float]
    """99th percentile of the keypoints' shift in this precision, in px."""
    facts: Dict[str, Any]
    """params, macs and file_bytes."""
    stages: Dict[str, Optional[Dict[str, float]]]
    """Statistics in ms by stage; None of one that was not timed."""
    ratio: Optional[float]
    """Median of the sum relative to the reference's, in the same run."""
    reference: Optional[str]
    accuracy: Optional[Accuracy]
    flags: Tuple[str, ...]
    """Of this row alone; ``device.flags`` holds for it as well."""
    date: str
    source: str
    runtime: str = NCNN
    """The engine that was timed."""
    agrees: bool = True
    """Whether its keypoints are torch's; if not, neither is its accuracy."""

    @property
    def total(self) -> Optional[float]:
        """Median ms from crop to keypoints; None if these are unknown."""
        total = self.stages['total']
        return None if total is None else total['median']

    @property
    def fps(self) -> Optional[float]:
        """Images a second; an emulator's are nobody's."""
        if self.total is None or not self.device.is_real:
            return None
        return 1000 / self.total

    @property
    def case(self) -> str:
        """Threads, precision and engine in words, ncnn being understood."""
        plural = '' if self.threads == 1 else 's'
        engine = '' if self.runtime == NCNN else f', {self.runtime}'
        return f'{self.threads} thread{plural}, {self.precision}{engine}'


class Run(NamedTuple):
    """The circumstances of one record."""

    device: Device
    source: str
    record: Dict[str, Any]
    failures: List[str]


class Report(NamedTuple):
    """All that a page, a table or a CSV is made from."""

    rows: List[Row]
    runs: List[Run]
    metrics: List[str]
    """Keys of the metrics that have a column."""
    metric: Optional[str]
    """The metric that was asked for, if one was."""

    @property
    def devices(self) -> List[Device]:
        """Devices in the order of their first record."""
        return list(dict.fromkeys(run.device for run in self.runs))


def merge(sources: Sources, metric: Optional[str] = None) -> Report:
    """Join records; of several times of one case the newest counts.

    Args:
        sources: all records, oldest first.
        metric: what models are compared by; by default the best known that
            is measured on each data set.

    Raises:
        ValueError: no model that is timed has the metric.
    """
    devices = name_devices([s.record['device'] for s in sources.benchmarks])
    judged = _accuracies(sources.evaluations)
    newest: Dict[tuple, Row] = {}
    runs = []
    for device, source in zip(devices, sources.benchmarks):
        record = source.record
        runs.append(Run(device, source.name, record, format_failures(record)))
        for row in record['rows']:
            made = _row(row, device, source, judged.get(row['model']))
            newest[_key(made)] = made
    rows = list(newest.values())
    metrics = _metrics(rows, metric)
    return Report(_numbered(rows, metrics, devices), runs, metrics, metric)


def _key(row: Row) -> tuple:
    arithmetic = row.runtime, row.threads, row.precision
    return row.device, row.model, row.input, *arithmetic


def _row(
    row: Dict[str, Any],
    device: Device,
    source: Source,
    accuracy: Optional[Accuracy],
) -> Row:
    record = source.record
    width, height = row['input_size']
    agrees = row['parity'].get('passed') is not False
    # Rounding of untrained weights tells nothing of the trained ones'.
    alike = row['precision'] == 'fp32' or 'weights' not in record
    is_judged = agrees and alike and row['stages']['total'] is not None
    return Row(
        number=0,
        model=row['model'],
        device=device,
        input=(width, height),
        threads=row['threads'],
        precision=row['precision'],
        shift=_shift(row['parity']),
        facts={key: row[key] for key in ('params', 'macs', 'file_bytes')},
        stages={stage: row['stages'][stage] for stage in STAGES},
        ratio=_ratio(row, record),
        reference=record['reference'],
        accuracy=accuracy if is_judged else None,
        flags=row_flags(row, record),
        date=record['date'],
        source=source.name,
        runtime=runtime_of(row),
        agrees=agrees,
    )


def _ratio(row: Dict[str, Any], record: Dict[str, Any]) -> Optional[float]:
    """Relative to another row; see :func:`..rows.reference_row`."""
    base = reference_row(row, record)
    if base is None or base is row:
        return None
    own, other = (r['stages']['total'] for r in (row, base))
    if own is None or other is None:
        return None
    return own['median'] / other['median']


def _shift(parity: Dict[str, Any]) -> Optional[float]:
    value = parity.get('shift_p99')
    return value if isinstance(value, (int, float)) else None


def _accuracies(evaluations: Sequence[Source]) -> Dict[str, Accuracy]:
    """Model -> its newest accuracy; a model is the stem of its config."""
    found = {}
    for _, record in evaluations:
        config = PurePosixPath(record['config'])
        found[config.stem] = Accuracy(
            config.parent.name,
            record['data'],
            record['metrics'],
            record.get('baseline') or {},
        )
    return found


def _metrics(rows: Sequence[Row], asked: Optional[str]) -> List[str]:
    """Metrics with a column: the known ones, and the one asked for."""
    measured = {
        key for row in rows if row.accuracy for key in row.accuracy.metrics
    }
    if asked and asked not in measured:
        known = ', '.join(sorted(measured)) or 'none is measured'
        raise ValueError(
            f'metric {asked!r} is not measured for any model that is timed '
            f'here; there is: {known}'
        )
    shown = [key for key in METRICS if key in measured]
    if not shown:
        shown = sorted(measured)[:1]
    return shown + [asked] if asked and asked not in shown else shown


def _numbered(
    rows: Sequence[Row], metrics: Sequence[str], devices: Sequence[Device]
) -> List[Row]:
    """Rows in the order of the table, with the number of their model."""

    def worth(row: Row) -> tuple:
        known = row.accuracy.metrics if row.accuracy else {}
        group = row.accuracy.group if row.accuracy else ''
        values = [-known.get(key, -1.0) for key in metrics]
        return not known, group, values, row.model

    order = {device: i for i, device in enumerate(dict.fromkeys(devices))}
    models = list(dict.fromkeys(row.model for row in sorted(rows, key=worth)))
    numbered = [
        row._replace(number=models.index(row.model) + 1) for row in rows
    ]
    return sorted(
        numbered,
        key=lambda row: (
            order[row.device],
            row.number,
            row.input,
            row.runtime != NCNN,
            row.runtime,
            row.precision != 'fp32',
            row.precision,
            row.threads,
        ),
    )
