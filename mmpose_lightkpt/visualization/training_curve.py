"""The course of a training, from what MMEngine's visualiser has written."""

import io
import json
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple, Union

from mmpose_lightkpt.deploy.results import write_atomically

Curve = List[Tuple[float, float]]
NOT_METRICS = ('step', 'epoch', 'iter', 'time', 'data_time', 'memory')


class History(NamedTuple):
    """Points (step, value) of each loss and each validation metric."""

    losses: Dict[str, Curve]
    metrics: Dict[str, Curve]


def read_history(work_dir: Union[str, Path]) -> History:
    """Read all runs of a work directory, a resumed one over the first.

    A line cut off by a kill is left out.

    Raises:
        ValueError: if no ``vis_data/scalars.json`` is there, or none holds a
            value.
    """
    files = sorted(Path(work_dir).rglob('vis_data/scalars.json'))
    losses: Dict[str, Dict[float, float]] = {}
    metrics: Dict[str, Dict[float, float]] = {}
    for file in files:
        for line in file.read_text(encoding='utf-8').splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            _sort_in(row, losses if 'lr' in row else metrics)
    if not losses and not metrics:
        raise ValueError(
            f'{work_dir}: no values in {len(files)} files of the '
            'name vis_data/scalars.json below it; the local '
            'visualiser backend writes them'
        )
    return History(
        *(
            {key: sorted(points.items()) for key, points in found.items()}
            for found in (losses, metrics)
        )
    )


def training_curve(
    work_dir: Union[str, Path],
    out: Union[str, Path],
    metrics: Sequence[str] = ('PixelPCK', 'coco/AP'),
) -> Path:
    """Draw losses over iterations and metrics over epochs as one PNG.

    Args:
        work_dir: folder of the training, with its runs below it.
        out: the PNG to write.
        metrics: keys to draw if they are there, else all there are.

    Returns:
        The path of the picture, which is there whole or not at all.

    Raises:
        ValueError: see :func:`read_history`.
        ImportError: without matplotlib.
    """
    from matplotlib.figure import Figure

    history = read_history(work_dir)
    shown = {
        key: history.metrics[key] for key in metrics if key in history.metrics
    } or history.metrics
    figure = Figure(figsize=(9, 3.4), dpi=110, layout='constrained')
    left, right = figure.subplots(1, 2)
    for axes, curves, label in (
        (left, history.losses, 'iteration'),
        (right, shown, 'epoch'),
    ):
        for key, points in curves.items():
            axes.plot(
                *zip(*points),
                label=key,
                linewidth=1.2,
                marker='.' if axes is right else None,
            )
        axes.set_xlabel(label)
        axes.grid(alpha=0.3)
        if curves:
            axes.legend(fontsize=8)
    left.set_yscale('log')
    left.set_title('training losses', fontsize=10)
    right.set_title('validation', fontsize=10)
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    write_atomically(out, picture.getvalue())
    return Path(out)


def _sort_in(row: dict, curves: Dict[str, Dict[float, float]]) -> None:
    """Add the losses or metrics of one line under its step."""
    if 'step' not in row:
        return
    for key, value in row.items():
        wanted = (
            key.startswith('loss') if 'lr' in row else key not in NOT_METRICS
        )
        if wanted and isinstance(value, (int, float)):
            curves.setdefault(key, {})[row['step']] = value
