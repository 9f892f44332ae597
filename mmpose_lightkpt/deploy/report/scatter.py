"""Accuracy against latency as an SVG that keeps its letters' size.

Places are percentages of the picture and sizes are pixels, so that a phone
shows the same plot, narrower, with letters as large as on a desk.
"""

import math
from typing import Dict, List, NamedTuple, Sequence

from .devices import Device
from .escaping import html_text
from .groups import Group, front
from .merge import Row

# One outline for each device, so that colour is not all that tells them
# apart; about as large as a circle of radius 10.
SHAPES = (
    'M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0z',
    'M-9-9h18v18h-18z',
    'M0-13 13 0 0 13-13 0z',
    'M-6-10h12l6 10-6 10h-12l-6-10z',
)
COLORS = 8
STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8)


class Axis(NamedTuple):
    """From values to percentages."""

    low: float
    high: float
    ticks: List[float]
    is_log: bool = False

    @property
    def decades(self) -> float:
        """Powers of ten from end to end."""
        return math.log10(self.high / self.low)

    def place(self, value: float) -> float:
        """Percent of the way from the low to the high end."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = map(math.log, (low, high, value))
        return 100 * (value - low) / (high - low)


def time_axis(times: Sequence[float]) -> Axis:
    """A logarithmic axis, at least a factor of two long, with round ticks.

    There are more ticks than fit: which of them show depends on how much of
    the axis does, see :func:`level` and :func:`finest`.
    """
    low, high = min(times) / 1.15, max(times) * 1.15
    middle = math.sqrt(low * high)
    low, high = min(low, middle / 1.5), max(high, middle * 1.5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    ticks = [step * 10.0**power for power in powers for step in STEPS]
    return Axis(low, high, [t for t in ticks if low <= t <= high], True)


def level(tick: float) -> int:
    """How soon a tick has to give way: 0 for 10, 1 for 20 and 50, else 2."""
    step = round(tick / 10.0 ** math.floor(math.log10(tick) + 1e-9), 3)
    return 0 if step == 1 else 1 if step in (2, 5) else 2


def finest(decades: float) -> int:
    """The last level that shows where so many powers of ten do."""
    return 2 if decades < 0.8 else 1 if decades < 2.5 else 0


def accuracy_axis(values: Sequence[float]) -> Axis:
    """A linear axis with about five round ticks."""
    margin = 0.08 * (max(values) - min(values)) or 0.05 * abs(values[0]) or 0.1
    low, high = min(values) - margin, max(values) + margin
    raw = (high - low) / 7
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return Axis(low, high, [step * n for n in range(first, last + 1)])


def scatter(group: Group, devices: Sequence[Device]) -> str:
    """Draw a group; the number in a point is that of its model.

    A line joins those that nothing beats on one device with the same threads
    and precision. Hollow points are flagged.

    Args:
        group: models judged on one data set.
        devices: of the whole report: their order sets shape and colour.
    """
    values = [group.accuracy(row) for row in group.rows]
    if group.baseline is not None:
        values.append(group.baseline)
    x = time_axis([row.total for row in group.rows])
    y = accuracy_axis(values)
    parts = [*_grid(x, y), *_baseline(group, y)]
    numbers = {device: i for i, device in enumerate(devices)}
    for rows in _cases(group.rows).values():
        parts += _front(group, rows, x, y, numbers)
    for row in group.rows:
        parts.append(_point(group, row, x, y, numbers[row.device]))
    return (
        f'<div class="plot"><svg role="group" data-decades="{x.decades:.3f}" '
        f'aria-label="'
        f'{html_text(group.label)} against milliseconds">'
        f'{"".join(parts)}</svg></div>'
    )


def marks(row: Row, number: int) -> str:
    """Attributes that the page's filters and colours go by."""
    return (
        f'data-device="{number}" data-case="{html_text(row.case)}" '
        f'data-color="{number % COLORS}"'
    )


def _grid(x: Axis, y: Axis) -> List[str]:
    parts = []
    shown = finest(x.decades)
    for tick in x.ticks:
        at = f'{x.place(tick):.2f}%'
        kind = f'along level-{level(tick)}' + ' out' * (level(tick) > shown)
        parts.append(
            f'<line class="grid {kind}" x1="{at}" x2="{at}" y1="0" '
            f'y2="100%"/><text class="tick {kind}" x="{at}" y="100%" dy="18" '
            f'text-anchor="middle">{tick:g}</text>'
        )
    for tick in y.ticks:
        at = f'{100 - y.place(tick):.2f}%'
        parts.append(
            f'<line class="grid" x1="0" x2="100%" y1="{at}" y2="{at}"/>'
            f'<text class="tick" x="-8" y="{at}" dy="4" '
            f'text-anchor="end">{tick:.4g}</text>'
        )
    parts.append(
        '<text class="tick" x="50%" y="100%" dy="38" text-anchor="middle">'
        'ms for one image, crop to keypoints (logarithmic)</text>'
    )
    return parts


def _baseline(group: Group, y: Axis) -> List[str]:
    if group.baseline is None:
        return []
    at = f'{100 - y.place(group.baseline):.2f}%'
    return [
        f'<line class="base" x1="0" x2="100%" y1="{at}" y2="{at}"/>'
        f'<text class="tick" x="100%" y="{at}" dy="-5" text-anchor="end">'
        'mean pose, sees nothing</text>'
    ]


def _cases(rows: Sequence[Row]) -> Dict[tuple, List[Row]]:
    cases: Dict[tuple, List[Row]] = {}
    for row in rows:
        cases.setdefault((row.device, row.case), []).append(row)
    return cases


def _front(
    group: Group,
    rows: Sequence[Row],
    x: Axis,
    y: Axis,
    numbers: Dict[Device, int],
) -> List[str]:
    """Steps, since between two models there is none."""
    best = front(group, rows)
    parts = []
    for row, after in zip(best, best[1:]):
        x1, x2 = (f'{x.place(r.total):.2f}%' for r in (row, after))
        y1, y2 = (
            f'{100 - y.place(group.accuracy(r)):.2f}%' for r in (row, after)
        )
        kind = f'class="front along" {marks(row, numbers[row.device])}'
        parts.append(
            f'<line {kind} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y1}"/>'
            f'<line {kind} x1="{x2}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
        )
    return parts


def _point(group: Group, row: Row, x: Axis, y: Axis, number: int) -> str:
    flags = '; '.join(row.flags)
    told = html_text(
        f'{row.number}: {row.model}, {row.total:.2f} ms '
        f'({1000 / row.total:.0f} a second), {group.label} '
        f'{group.accuracy(row):.3f}, {row.device.label}, {row.case}'
        + (f'; flagged: {flags}' if flags else '')
    )
    kind = 'point along' + ' flagged' * bool(flags)
    return (
        f'<svg class="{kind}" {marks(row, number)} tabindex="0" role="img" '
        f'aria-label="{told}" x="{x.place(row.total):.2f}%" '
        f'y="{100 - y.place(group.accuracy(row)):.2f}%">'
        f'<title>{told}</title><path d="{SHAPES[number % len(SHAPES)]}"/>'
        f'<text dy="4" text-anchor="middle">{row.number}</text></svg>'
    )
