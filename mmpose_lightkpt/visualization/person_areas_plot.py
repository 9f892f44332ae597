"""How large persons are in the training's crops, and a proposal to change it.

What :mod:`mmpose_lightkpt.functional.person_areas` computes, of a config's
own pipeline, as a plot, a record and settings of ``ScaleAwareCrop``.
"""

import io
import json
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np
from mmengine.config import Config

from mmpose_lightkpt.datasets.person_areas import (
    SCALE,
    person_areas,
    with_scale_aware_crop,
)
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.functional.person_areas import (
    bin_shares,
    least_change,
    total_variation,
    triangle,
)

__all__ = ['person_areas_plot', 'propose_crops']

EDGES = np.linspace(0, 1, 21)
STYLES = dict(before='C0', after='C1', target='0.4')
PathLike = Union[str, Path]


def person_areas_plot(
    config: PathLike,
    out: PathLike,
    target: Optional[Tuple[float, float, float]] = None,
    like: Optional[PathLike] = None,
    seed: int = 0,
) -> Dict[str, Any]:
    """Measure a config's training crops, and propose other ones.

    Args:
        config: an MMPose config of a top-down model.
        out: the PNG to write; the figures lie beside it as ``.json``.
        target: least, most frequent and largest area, shares of the crop, of
            a triangular distribution that the crops shall have.
        like: config whose validation crops they shall resemble instead.
        seed: of the augmentation.

    Returns:
        The record: ``edges``, the ``shares`` of each distribution, quantiles,
        ``settings`` proposed and how far the result is from the target.

    Raises:
        ValueError: both targets are given, the areas do not increase, a
            pipeline cuts no crop, or ``out`` is no PNG.
        ImportError: without matplotlib.
    """
    if target is not None and like is not None:
        raise ValueError('person_areas: give one of target and like')
    if Path(out).suffix != '.png':
        raise ValueError(f'person_areas: out must end in .png, got {out}')
    cfg = Config.fromfile(config)
    pipeline = cfg.train_dataloader.dataset.pipeline
    plain = with_scale_aware_crop(pipeline, None)
    areas = dict(before=person_areas(cfg, plain, seed=seed))
    shares = dict(before=bin_shares(areas['before'], EDGES))
    settings = next((dict(s) for s in pipeline if s['type'] == SCALE), None)
    if target is not None:
        shares['target'] = triangle(*target, EDGES)
    elif like is not None:
        other = Config.fromfile(like)
        steps = other.val_dataloader.dataset.pipeline
        areas['target'] = person_areas(other, steps, 'val')
        shares['target'] = bin_shares(areas['target'], EDGES)
    if 'target' in shares:
        size = _input_size(plain)
        settings = propose_crops(shares['before'], shares['target'], size)
    if settings is not None:
        steps = with_scale_aware_crop(pipeline, settings)
        areas['after'] = person_areas(cfg, steps, seed=seed)
        shares['after'] = bin_shares(areas['after'], EDGES)
    record = _record(Path(config).stem, areas, shares, settings)
    _draw(shares, out)
    text = json.dumps(record, indent=1) + '\n'
    write_atomically(Path(out).with_suffix('.json'), text.encode())
    return record


def propose_crops(
    before: np.ndarray, target: np.ndarray, input_size: Tuple[int, int]
) -> Dict[str, Any]:
    """Settings of ``ScaleAwareCrop`` that resize as few persons as needed.

    Args:
        before: share of each bin of ``EDGES``.
        target: likewise.
        input_size: (w, h) of the crop.
    """
    prob, weights = least_change(before, target)
    used = np.flatnonzero(weights)
    bins = slice(used[0], used[-1] + 1)
    return dict(
        type=SCALE,
        input_size=tuple(input_size),
        edges=EDGES[bins.start : bins.stop + 1].round(4).tolist(),
        weights=weights[bins].round(4).tolist(),
        prob=round(prob, 3),
    )


def _input_size(steps: list) -> Tuple[int, int]:
    return tuple(steps[-1]['input_size'])


def _record(name, areas, shares, settings) -> Dict[str, Any]:
    """What was measured, in plain numbers."""
    record = dict(
        kind='person_areas',
        config=name,
        persons=len(areas['before']),
        edges=EDGES.round(4).tolist(),
        shares={key: s.round(5).tolist() for key, s in shares.items()},
        quantiles={
            key: np.quantile(a, (0.05, 0.5, 0.95)).round(4).tolist()
            for key, a in areas.items()
        },
        settings=settings,
    )
    if 'target' in shares:
        record['distance'] = {
            key: round(total_variation(shares[key], shares['target']), 4)
            for key in ('before', 'after')
        }
    return record


def _draw(shares: Dict[str, np.ndarray], out: PathLike) -> None:
    """One line of steps for each distribution."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), dpi=110, layout='constrained')
    axes = figure.subplots()
    for key, values in shares.items():
        axes.stairs(
            values,
            EDGES,
            label=key,
            color=STYLES[key],
            linewidth=1.6,
            linestyle='--' if key == 'target' else '-',
            fill=key == 'before',
            alpha=0.4 if key == 'before' else 1,
        )
    axes.set_xlabel('area of the joints, as a share of the crop')
    axes.set_ylabel('share of persons')
    axes.set_xlim(0, 1)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    write_atomically(out, picture.getvalue())
