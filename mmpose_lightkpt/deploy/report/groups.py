"""Compare models: on which data, by which metric, and what beats what."""

from typing import Dict, List, NamedTuple, Optional, Sequence

from ..runtimes.engines import NCNN
from .devices import Device
from .merge import METRICS, Report, Row

FPS = 30.0


class Group(NamedTuple):
    """Models judged on one data set, hence comparable."""

    name: str
    metric: str
    rows: List[Row]
    baseline: Optional[float]
    """What the mean pose scores, which looks at no picture."""

    @property
    def label(self) -> str:
        """The metric in words."""
        return METRICS.get(self.metric, self.metric)

    def accuracy(self, row: Row) -> float:
        """The row's figure of the metric."""
        return row.accuracy.metrics[self.metric]


class Pick(NamedTuple):
    """A piece of advice."""

    what: str
    model: Optional[str]
    worth: str
    """Its time and accuracy in words."""

    @property
    def text(self) -> str:
        """All of it in a line."""
        if self.model is None:
            return self.what
        return f'{self.what}: {self.model}, {self.worth}'


def groups(report: Report) -> List[Group]:
    """One group for each data set; emulated times belong to none.

    The metric is the one asked for or, without one, the first of those with
    a column that most of the group's rows have.
    """
    judged: Dict[str, List[Row]] = {}
    for row in report.rows:
        if row.accuracy and row.device.is_real:
            judged.setdefault(row.accuracy.group, []).append(row)
    found = []
    for name, rows in sorted(judged.items()):
        metric = report.metric or max(
            report.metrics, key=lambda key: len(_having(rows, key))
        )
        having = _having(rows, metric)
        if not having:
            continue
        bases = [
            row.accuracy.baseline[metric]
            for row in having
            if metric in row.accuracy.baseline
        ]
        baseline = max(bases) if bases else None
        found.append(Group(name, metric, having, baseline))
    return found


def front(group: Group, rows: Sequence[Row]) -> List[Row]:
    """Rows that nothing beats, fastest first.

    Each is more accurate than all that are as fast.
    """
    best: List[Row] = []
    for row in sorted(rows, key=lambda r: (r.total, -group.accuracy(r))):
        if not best or group.accuracy(row) > group.accuracy(best[-1]):
            best.append(row)
    return best


def picks(report: Report, device: Device) -> List[Pick]:
    """What to take on a device: the fastest, and the best in time.

    Rows whose keypoints are not torch's, or not known, are never advised.
    """
    rows = [
        row
        for row in report.rows
        if row.device == device and row.agrees and row.total is not None
    ]
    if not rows or not device.is_real:
        return []
    fastest = min(rows, key=lambda row: row.total)
    found = [Pick('Fastest', fastest.model, _worth(fastest))]
    for group in groups(report):
        own = [row for row in group.rows if row.device == device]
        ready = [row for row in own if row.fps >= FPS]
        if ready:
            best = max(ready, key=lambda r: (group.accuracy(r), -r.total))
            what = (
                f'Most accurate on {group.name} at {FPS:.0f} images a '
                'second or more'
            )
            worth = f'{_worth(best)}, {group.label} {group.accuracy(best):.3f}'
            found.append(Pick(what, best.model, worth))
        elif own:
            what = f'On {group.name} nothing reaches {FPS:.0f} images a second'
            found.append(Pick(what, None, ''))
    return found


def default_cases(report: Report) -> Dict[Device, str]:
    """The threads and precision that a page shows of a device at first.

    The case that most rows have, of these the plainest; where a device does
    not have it, its own first.
    """
    cases = [row.case for row in report.rows]
    plain = sorted(
        report.rows,
        key=lambda r: (
            -cases.count(r.case),
            r.runtime != NCNN,
            r.precision != 'fp32',
            r.threads,
        ),
    )
    found: Dict[Device, str] = {}
    common = plain[0].case if plain else ''
    for row in plain:
        if row.case == common or row.device not in found:
            found[row.device] = row.case
    return found


def _having(rows: Sequence[Row], metric: str) -> List[Row]:
    return [row for row in rows if metric in row.accuracy.metrics]


def _worth(row: Row) -> str:
    flags = ' (flagged)' if row.flags else ''
    return f'{row.total:.1f} ms, {row.case}{flags}'
