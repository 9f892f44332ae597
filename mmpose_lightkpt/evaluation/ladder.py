"""Models of one study side by side: what its tables and plots show.

A rung's accuracies come from records of kind 'evaluation' (:mod:`.record`),
one for each seed, its size and times from a row of one benchmark record
(``deploy/results.py``). Where there are several seeds, figures are means, and
their spread is half of the range.
"""

from pathlib import PurePosixPath
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from mmpose_lightkpt.deploy.rows import runtime_of
from mmpose_lightkpt.deploy.runtimes.engines import NCNN
from mmpose_lightkpt.functional.calibration import Reliability

__all__ = [
    'Curve',
    'Figure',
    'Point',
    'Rung',
    'bench_row',
    'figure',
    'ladder_points',
    'reference_ms',
    'reference_rung',
    'reliability_curves',
]

Record = Dict[str, Any]


class Rung(NamedTuple):
    """One model of a study, or one of its ablations."""

    name: str
    """As shown."""
    records: Sequence[Record] = ()
    """Evaluation records, one for each seed; none if it was not judged."""
    model: Optional[str] = None
    """What the benchmark calls it; None is the stem of its config."""
    trained: bool = True
    """Whether the study trained it, and not only judged its weights."""

    @property
    def bench_name(self) -> Optional[str]:
        """What the benchmark calls it, None if nothing tells."""
        if self.model is not None or not self.records:
            return self.model
        return PurePosixPath(self.records[0]['config']).stem


class Figure(NamedTuple):
    """One metric of a rung over its seeds."""

    mean: float
    low: float
    high: float
    seeds: int


class Point(NamedTuple):
    """A rung in a plot of accuracy against latency."""

    label: str
    ms: float
    value: Figure


class Curve(NamedTuple):
    """What the scores of a rung are worth."""

    label: str
    bins: Reliability


def figure(rung: Rung, metric: str) -> Optional[Figure]:
    """Mean and range of a metric over the seeds that have it, or None."""
    values = [
        record['metrics'][metric]
        for record in rung.records
        if metric in record['metrics']
    ]
    if not values:
        return None
    mean = sum(values) / len(values)
    return Figure(mean, min(values), max(values), len(values))


def bench_row(
    benchmark: Optional[Record],
    model: Optional[str],
    threads: int = 1,
    precision: str = 'fp32',
) -> Optional[Record]:
    """The row of a model in ncnn, at threads and a precision, or None."""
    return next(
        (
            row
            for row in (benchmark or {}).get('rows', ())
            if row['model'] == model
            and row['threads'] == threads
            and row['precision'] == precision
            and runtime_of(row) == NCNN
        ),
        None,
    )


def ladder_points(
    rungs: Sequence[Rung],
    benchmark: Optional[Record],
    metric: str = 'TorsoPCK/mean14',
    stage: str = 'forward',
    threads: int = 1,
    precision: str = 'fp32',
) -> List[Point]:
    """Accuracy and latency of each rung that has both.

    Args:
        rungs: in the order of the plot's legend.
        benchmark: one record, so that all times are of one run.
        metric: key of the accuracy.
        stage: 'preprocess', 'forward', 'decode' or 'total'; its median.
        threads: of ncnn.
        precision: of ncnn.
    """
    points = []
    for rung in rungs:
        row = bench_row(benchmark, rung.bench_name, threads, precision)
        value = figure(rung, metric)
        if row is not None and value is not None:
            ms = row['stages'][stage]['median']
            points.append(Point(rung.name, ms, value))
    return points


def reference_ms(
    benchmark: Optional[Record],
    stage: str = 'forward',
    threads: int = 1,
    precision: str = 'fp32',
) -> Optional[float]:
    """Median time of what a benchmark's ratios are given to, or None."""
    model = (benchmark or {}).get('reference')
    row = bench_row(benchmark, model, threads, precision)
    return None if row is None else row['stages'][stage]['median']


def reference_rung(
    rungs: Sequence[Rung], benchmark: Optional[Record]
) -> Optional[str]:
    """The rung that a benchmark's ratios are given to; None if none is."""
    model = (benchmark or {}).get('reference')
    names = [rung.name for rung in rungs if model and rung.bench_name == model]
    return names[0] if names else None


def reliability_curves(rungs: Sequence[Rung]) -> List[Curve]:
    """Reliability bins of each rung whose records hold them.

    Raises:
        ValueError: if the seeds of a rung were sorted into different bins.
    """
    curves = []
    for rung in rungs:
        found = [
            record['details']['calibration']
            for record in rung.records
            if 'calibration' in record['details']
        ]
        if found:
            curves.append(Curve(rung.name, _pooled(rung.name, found)))
    return curves


def _pooled(name: str, found: Sequence[Record]) -> Reliability:
    """The bins that all seeds have together."""
    if any(one['edges'] != found[0]['edges'] for one in found):
        raise ValueError(
            f'reliability_curves: the records of {name} have different bins; '
            'test them with the same num_bins'
        )
    counts = np.array([one['counts'] for one in found])
    means = (
        _mean(np.array([one[key] for one in found], dtype=float), counts)
        for key in ('scores', 'shares')
    )
    edges = np.array(found[0]['edges'])
    return Reliability(edges, counts.sum(axis=0), *means)


def _mean(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean over seeds, each with its count; NaN where none has any."""
    total = np.where(counts > 0, values * counts, 0).sum(axis=0)
    count = counts.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
