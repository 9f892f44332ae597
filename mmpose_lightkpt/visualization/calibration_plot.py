"""Reliability curves: how often joints of a score are right."""

import io
from pathlib import Path
from typing import Sequence, Tuple, Union

from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.functional.calibration import Reliability

__all__ = ['calibration_plot']


def calibration_plot(
    curves: Sequence[Tuple[str, Reliability]], out: Union[str, Path]
) -> Path:
    """Draw the share of right joints over the score, and how many there are.

    Args:
        curves: names and bins, as ``evaluation.ladder.reliability_curves``
            returns them. On the diagonal a score is a probability; below it
            the scores promise too much. A bin that is empty has no point.
        out: the PNG to write.

    Returns:
        The path of the picture, which is there whole or not at all.

    Raises:
        ValueError: if there is no curve.
        ImportError: without matplotlib.
    """
    from matplotlib.figure import Figure

    if not curves:
        raise ValueError(
            'calibration_plot: no curve; ScoreCalibration must be among the '
            'test evaluators of what is compared'
        )
    figure = Figure(figsize=(6.4, 6), dpi=110, layout='constrained')
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color='grey', linestyle='--', linewidth=1)
    for number, (name, bins) in enumerate(curves):
        style = dict(
            color=f'C{number % 10}',
            linewidth=1.2,
            linestyle='-' if number < 10 else ':',
        )
        filled = bins.counts > 0
        upper.plot(
            bins.scores[filled],
            bins.shares[filled],
            marker='.',
            label=f'{name}, ECE {bins.ece:.3f}',
            **style,
        )
        shares = bins.counts / bins.counts.sum()
        lower.stairs(shares, bins.edges, baseline=None, **style)
    upper.set_ylabel('share of joints that are right')
    upper.set_ylim(0, 1)
    upper.legend(fontsize=8)
    lower.set_ylabel('share of all')
    lower.set_xlabel('score of the joint')
    lower.set_xlim(0, 1)
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    write_atomically(out, picture.getvalue())
    return Path(out)
