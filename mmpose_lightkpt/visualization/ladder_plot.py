"""Accuracy against latency, one point for each model of a study."""

import io
from pathlib import Path
from typing import List, Optional, Sequence, Tuple, Union

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
) -> Path:
    """Draw points with their names over a logarithmic axis of time.

    Args:
        points: name, milliseconds, and (mean, low, high, seeds) of the
            accuracy, as ``evaluation.ladder.ladder_points`` returns them. A
            bar spans the seeds where there are several.
        out: the PNG to write.
        ylabel: what the accuracy is.
        reference: milliseconds of the bare backbone, drawn as a line.
        title: above the plot.

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
    for number, (_, ms, value) in enumerate(points):
        mean, low, high, _ = value
        axes.errorbar(
            ms,
            mean,
            [[mean - low], [high - mean]],
            fmt='o',
            color=f'C{number % 10}',
            capsize=3,
        )
    if reference is not None:
        axes.axvline(reference, color='grey', linestyle='--', linewidth=1)
        axes.annotate(
            'bare backbone',
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
    _scale(axes, [ms for _, ms, _ in points], reference)
    axes.set_xlabel('forward pass, ms')
    axes.set_ylabel(ylabel)
    axes.set_title(title or '', fontsize=10)
    axes.grid(alpha=0.3, which='both')
    _label(figure, axes, points)
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    write_atomically(out, picture.getvalue())
    return Path(out)


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


def _label(figure, axes, points: Sequence[Tuple]) -> None:
    """Write each name beside its point, moved up or down if need be."""
    figure.canvas.draw()  # the layout decides where points are
    to_points = 72 / figure.dpi
    where = [
        axes.transData.transform((ms, value[0])) * to_points
        for _, ms, value in points
    ]
    for group in _near(points):
        heights = spread_out([where[i][1] for i in group], LINE)
        right = max(where[i][0] for i in group)
        for i, height in zip(group, heights):
            axes.annotate(
                points[i][0],
                (points[i][1], points[i][2][0]),
                (right - where[i][0] + 12, height - where[i][1]),
                textcoords='offset points',
                va='center',
                fontsize=8,
                color=f'C{i % 10}',
                arrowprops=dict(
                    arrowstyle='-', color=f'C{i % 10}', linewidth=0.6
                ),
            )


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
