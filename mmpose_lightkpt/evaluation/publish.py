"""Turn a tested checkpoint into a record: figures, baseline, explanations."""

import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.fileio import load
from mmengine.runner.checkpoint import _load_checkpoint

from .mean_pose import mean_pose_baseline, parts_of
from .record import write_record

__all__ = ['details_of', 'publish_evaluation', 'training_hours']

# Options of a loader that change how fast it is, and no figure.
SPEED = ('num_workers', 'persistent_workers', 'pin_memory', 'prefetch_factor')


def publish_evaluation(
    path: Union[str, Path],
    config: str,
    checkpoint: str,
    metrics: Mapping[str, float],
    command: str,
    options: Optional[Mapping[str, Any]] = None,
    details: Optional[Mapping[str, Any]] = None,
) -> Dict[str, Any]:
    """Write the record of a test beside what the mean pose gets in it.

    Args:
        path: the JSON file to write.
        config: path of the config within the repository.
        checkpoint: the tested file; hours are read from its folder's logs.
        metrics: what the test returned.
        command: as typed.
        options: overrides of the config, by dotted key. A record that has
            any is of another model than the config's, and is left out of the
            tables of all models; those that only change the speed of loading
            are not noted.
        details: explanations of the metrics, see :func:`details_of`.

    Returns:
        The record.

    Raises:
        ValueError: the record is not complete, see :func:`write_record`.
        OSError: it cannot be written.
    """
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(dict(options or {}))
    noted = _noted(options or {})
    test = cfg.test_dataloader.dataset
    whole = test.get('data_mode') == 'bottomup'
    shown = 'whole images' if whole else 'annotated boxes'
    origin, more = _origin_of(cfg, checkpoint)
    return write_record(
        path,
        command=command,
        config=config,
        data=f'{origin}; tested on {_describe(test)}, {shown}',
        metrics=metrics,
        # it stands in a crop
        baseline=None if whole else mean_pose_baseline(cfg, split='test'),
        details=dict(
            **more,
            **_crop_of(test),
            **(dict(options=noted) if noted else {}),
            **(details or {}),
        ),
    )


def _origin_of(cfg: Config, checkpoint: str) -> Tuple[str, Dict[str, Any]]:
    """Who trained the weights on what, in words, and how.

    Imported weights name their source and are not claimed as ours; nor is
    what a training started from. That and its length are told by the config
    that the checkpoint holds, which knows the options it was trained with.
    """
    meta = _load_checkpoint(checkpoint, map_location='cpu').get('meta', {})
    if 'source' in meta:
        words = f'not trained here: weights imported from {meta["source"]}'
        return words, dict(source=meta['source'])
    trained = cfg
    if 'cfg' in meta:
        trained = Config.fromstring(meta['cfg'], '.py')
    start = trained.get('load_from')
    words = f'trained from {Path(start).name} on' if start else 'trained on'
    return f'{words} {_describe(cfg.train_dataloader.dataset)}', dict(
        epochs=meta.get('epoch'),
        planned_epochs=trained.train_cfg.max_epochs,
        iterations=meta.get('iter'),
        seed=meta.get('seed'),
        training_hours=round(training_hours(Path(checkpoint).parent), 2),
    )


def _crop_of(dataset: Mapping[str, Any]) -> Dict[str, Any]:
    """Size of the input, height first; of a crop the box's padding too."""
    steps = {step['type']: step for step in dataset['pipeline']}
    if 'BottomupResize' in steps:
        width, height = steps['BottomupResize']['input_size']
        return dict(input=f'{height}x{width}')
    width, height = steps['TopdownAffine']['input_size']
    box = steps.get('GetBBoxCenterScale', {})
    return dict(
        input=f'{height}x{width}', padding=float(box.get('padding', 1.25))
    )


def details_of(evaluator: Evaluator) -> Dict[str, Any]:
    """What the metrics have to say besides their figures.

    Args:
        evaluator: after its ``evaluate``; metrics of others may be in it.

    Returns:
        JSON-able explanations by name, behind a metric's prefix if it has
        one, as its keys are.
    """
    return {
        f'{metric.prefix}/{name}' if metric.prefix else name: content
        for metric in evaluator.metrics
        for name, content in getattr(metric, 'details', {}).items()
    }


def _noted(options: Mapping[str, Any]) -> Dict[str, Any]:
    """Options that change figures; paths of this machine cut to their name."""
    return {
        key: Path(value).name
        if isinstance(value, str) and Path(value).is_absolute()
        else value
        for key, value in options.items()
        if key.rpartition('.')[2] not in SPEED
    }


def _describe(dataset: Mapping[str, Any]) -> str:
    """Name and size of a data set, without the folder that it lies in."""
    parts = parts_of(dataset)
    if len(parts) > 1:
        seen = Counter(map(_describe, parts))
        return ' and '.join(
            part if times == 1 else f'{part} {times} times'
            for part, times in seen.items()
        )
    root = Path(dataset['data_root'])
    content = load(str(root / dataset['ann_file']))
    people = sum(
        any(v > 0 for v in annotation['keypoints'][2::3])
        for annotation in content['annotations']
    )
    return (
        f'{root.name}/{dataset["ann_file"]} '
        f'({len(content["images"])} images, {people} persons)'
    )


def training_hours(work_dir: Union[str, Path]) -> float:
    """Hours that the iterations took, by the logs of a work directory.

    Their number times the median of their times, so that neither a pause nor
    the validation counts.
    """
    spent: Dict[int, float] = {}
    for file in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        for line in file.read_text(encoding='utf-8').splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue  # cut off by a kill
            if 'lr' in row:
                spent[row['step']] = row['time']
    if not spent:
        return 0.0
    return max(spent) * statistics.median(spent.values()) / 3600
