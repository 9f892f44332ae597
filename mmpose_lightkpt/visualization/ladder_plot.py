"""Accuracy against latency, one point for each model of a study."""

import io
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmpose_lightkpt.deploy.results import write_atomically

__all__ = ['ladder_plot', 'spread_out']

LINE = 13.0
"""Least distance between two names, in points."""
NEAR = 1.5
"""Names of points whose times differ by less than this factor could touch."""


def ladder_plot(
    points: Sequence[Tuple[str, float, Tuple[float, float, float, int]]],
    out: Union[str, Path],
    ylabel: str = 'TorsoPCK, mean of 14 joints',
    reference: Optional[float] = None,
    title: Optional[str] = None,
    reference_name: str = 'bare backbone',
    lines: Sequence[Sequence[str]] = (),
) -> Path:
    """Draw points with their names over a logarithmic axis of time.

    Args:
        points: name, milliseconds, and (mean, low, high, seeds) of the
            accuracy, as ``evaluation.ladder.ladder_points`` returns them. A
            bar spans the seeds where there are several.
        out: the PNG to write.
        ylabel: what the accuracy is.
        reference: milliseconds that the others are compared with, drawn as
            a dashed line.
        title: above the plot.
        reference_name: what takes these, written beside the line.
        lines: names of points that a thin line joins, in its order, and that
            have one colour; those without a point are passed over.

    Returns:
        The path of the picture, which is there whole or not at all.

    Raises:
        ValueError: if there is no point, or a time is not positive.
        ImportError: without matplotlib.
    """
    from matplotlib.figure import Figure

    if not points or not all(ms > 0 for _, ms, _ in points):
        raise ValueError(
            'ladder_plot: needs at least one point, each with a time above '
            f'0 ms, got {[(name, ms) for name, ms, _ in points]}'
        )
    figure = Figure(figsize=(8, 4.6), dpi=110, layout='constrained')
    axes = figure.subplots()
    colours = _join(axes, points, lines)
    for name, ms, (mean, low, high, _) in points:
        axes.errorbar(
            ms,
            mean,
            [[mean - low], [high - mean]],
            fmt='o',
            color=colours[name],
            capsize=3,
        )
    if reference is not None:
        _mark(axes, reference, reference_name)
    _scale(axes, [ms for _, ms, _ in points], reference)
    axes.set_xlabel('forward pass, ms')
    axes.set_ylabel(ylabel)
    axes.set_title(title or '', fontsize=10)
    axes.grid(alpha=0.3, which='both')
    _label(figure, axes, points, colours)
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    write_atomically(out, picture.getvalue())
    return Path(out)


def _join(
    axes, points: Sequence[Tuple], lines: Sequence[Sequence[str]]
) -> Dict[str, str]:
    """Draw the lines; the colour of each point, that of its line if any."""
    where = {name: (ms, value[0]) for name, ms, value in points}
    first = {name: line[0] for line in lines for name in line}
    leaders = list(dict.fromkeys(first.get(name, name) for name in where))
    colours = {
        name: f'C{leaders.index(first.get(name, name)) % 10}' for name in where
    }
    for line in lines:
        there = [name for name in line if name in where]
        if len(there) > 1:
            times, heights = zip(*(where[name] for name in there))
            axes.plot(times, heights, color=colours[there[0]], linewidth=0.8)
    return colours


def _mark(axes, reference: float, name: str) -> None:
    """A dashed line at a time, with the name of what takes it."""
    axes.axvline(reference, color='grey', linestyle='--', linewidth=1)
    axes.annotate(
        name,
        (reference, 0.01),
        (-4, 0),
        xycoords=('data', 'axes fraction'),
        textcoords='offset points',
        rotation=90,
        ha='right',
        va='bottom',
        fontsize=8,
        color='grey',
    )


def spread_out(heights: Sequence[float], distance: float) -> List[float]:
    """Move heights apart until none is nearer than a distance to another.

    Their order stays, and so does the mean of each group that was too near.

    Args:
        heights: in any order.
        distance: the least there may be between two.

    Example:
        >>> spread_out([0.0, 10.0, 10.0], 4.0)
        [0.0, 8.0, 12.0]
    """
    order = np.argsort(heights, kind='stable')
    groups: List[List[int]] = []
    centers: List[float] = []
    for index in order:
        groups.append([index])
        centers.append(float(heights[index]))
        while len(groups) > 1 and (
            centers[-1] - centers[-2]
            < distance * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            last, centers[-1:] = groups.pop(), []
            groups[-1] += last
            centers[-1] = float(np.mean([heights[i] for i in groups[-1]]))
    placed = [0.0] * len(order)
    for group, center in zip(groups, centers):
        for position, index in enumerate(group):
            offset = position - (len(group) - 1) / 2
            placed[index] = center + distance * offset
    return placed


def _scale(axes, times: Sequence[float], reference: Optional[float]) -> None:
    """A logarithmic axis with plain numbers, and room for the names."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    times = [*times, *([] if reference is None else [reference])]
    axes.set_xscale('log')
    axes.set_xlim(min(times) / 1.3, max(times) * 2)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter('{x:g}'))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _label(
    figure, axes, points: Sequence[Tuple], colours: Dict[str, str]
) -> None:
    """Write each name beside its point, moved up or down if need be."""
    figure.draw_without_rendering()  # the layout decides where points are
    to_points = 72 / figure.dpi
    where = [
        axes.transData.transform((ms, value[0])) * to_points
        for _, ms, value in points
    ]
    for group in _near(points):
        heights = spread_out([where[i][1] for i in group], LINE)
        rights = _columns([where[i][0] for i in group], heights)
        for i, height, right in zip(group, heights, rights):
            name, ms, value = points[i]
            axes.annotate(
                name,
                (ms, value[0]),
                (right - where[i][0] + 12, height - where[i][1]),
                textcoords='offset points',
                va='center',
                fontsize=8,
                color=colours[name],
                arrowprops=dict(
                    arrowstyle='-', color=colours[name], linewidth=0.6
                ),
            )


def _columns(places: Sequence[float], heights: Sequence[float]) -> List[float]:
    """Where each name's column begins: right of all points that it may touch.

    Names within two lines of each other are in one column.
    """
    rights, column = list(places), []
    for i in np.argsort(heights, kind='stable'):
        if column and heights[i] - heights[column[-1]] > 2 * LINE:
            column = []
        column.append(i)
        for j in column:
            rights[j] = max(places[k] for k in column)
    return rights


def _near(points: Sequence[Tuple]) -> List[List[int]]:
    """Indices in groups of times that are near the group's first."""
    order = sorted(range(len(points)), key=lambda i: points[i][1])
    groups: List[List[int]] = []
    for i in order:
        if groups and points[i][1] <= NEAR * points[groups[-1][0]][1]:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups
