"""Train and test from a config: what tools/train.py and tools/test.py call.

The same as MMPose's own scripts (``mim train mmpose CONFIG``) do, except
that a wrong path, a missing key and a checkpoint of another model end in one
line that names it, before anything is trained.
"""

import os
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Union

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner, find_latest_checkpoint

from .checkpoints import check_checkpoint
from .deploy.results import command_line

_TRAIN_KEYS = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
_TEST_KEYS = ('model', 'test_dataloader', 'test_cfg', 'test_evaluator')


class UsageError(ValueError):
    """What the user gave cannot be run; the message says why."""


def train(
    config: str,
    work_dir: Optional[str] = None,
    resume: Union[None, str] = None,
    amp: bool = False,
    launcher: str = 'none',
    options: Optional[Dict[str, Any]] = None,
) -> Runner:
    """Train the model of a config.

    Args:
        config: path of the config file.
        work_dir: where checkpoints and logs go; by default
            ``work_dirs/<name of the config>``.
        resume: 'auto' for the latest checkpoint in ``work_dir``, or a path.
        amp: train in mixed precision.
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
        options: overrides, ``{'train_cfg.max_epochs': 3}``.

    Raises:
        UsageError: if it cannot start, naming the file or key.
    """
    cfg = _load(config, _TRAIN_KEYS, work_dir, launcher)
    if amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if resume is not None:
        cfg.resume = True
        cfg.load_from = None if resume == 'auto' else resume
    cfg.merge_from_dict(options or {})
    runner = _build(config, cfg, ('train_loop', 'val_loop'))
    path = cfg.get('load_from')
    if cfg.get('resume') and path is None:
        path = find_latest_checkpoint(cfg.work_dir)
    if path is not None:
        _check(runner, path, partial=not cfg.get('resume'))
    _read_teacher(runner)
    runner.train()
    return runner


def evaluate(
    config: str,
    checkpoint: str,
    work_dir: Optional[str] = None,
    launcher: str = 'none',
    options: Optional[Dict[str, Any]] = None,
    record: Optional[str] = None,
) -> Dict[str, float]:
    """Metrics of a checkpoint on the test set of a config.

    Arguments are those of :func:`train`; ``checkpoint`` is a path, and
    ``record`` a JSON file for the figures and what they need beside them.

    Raises:
        UsageError: if it cannot start, naming the file or key.
    """
    cfg = _load(config, _TEST_KEYS, work_dir, launcher)
    cfg.load_from = checkpoint
    cfg.merge_from_dict(options or {})
    runner = _build(config, cfg, ('test_loop',))
    _check(runner, cfg.load_from)
    metrics = runner.test()
    if record is not None and is_main_process():  # which alone has details
        from .evaluation.publish import details_of, publish_evaluation

        publish_evaluation(
            record,
            config,
            checkpoint,
            metrics,
            command_line('tools/test.py'),
            options,
            details_of(runner.test_loop.evaluator),
        )
    return metrics


def _load(
    path: str, keys: Sequence[str], work_dir: Optional[str], launcher: str
) -> Config:
    """Read a config and see to what its file alone cannot know."""
    if not Path(path).is_file():
        raise UsageError(f'{path}: no such config')
    try:
        cfg = Config.fromfile(path)
    except Exception as error:
        raise UsageError(f'{path}: {error}') from error
    missing = [key for key in keys if cfg.get(key) is None]
    if missing:
        raise UsageError(f'{path}: lacks {", ".join(missing)}')
    cfg.launcher = launcher
    os.environ.setdefault('LOCAL_RANK', '0')
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = os.path.join('work_dirs', Path(path).stem)
    return cfg


def _build(path: str, cfg: Config, loops: Sequence[str]) -> Runner:
    """Build model, data and evaluators, so that what is wrong shows now."""
    try:
        runner = Runner.from_cfg(cfg)
        for loop in loops:
            getattr(runner, loop)
    except Exception as error:
        raise UsageError(f'{path}: {error}') from error
    return runner


def _check(runner: Runner, path: str, partial: bool = False) -> None:
    try:
        check_checkpoint(runner.model, path, partial)
    except (FileNotFoundError, ValueError) as error:
        raise UsageError(str(error)) from error


def _read_teacher(runner: Runner) -> None:
    """Read a student's teacher now, rather than at its first step."""
    from .models import DistilledPoseEstimator

    model = getattr(runner.model, 'module', runner.model)
    if isinstance(model, DistilledPoseEstimator):
        try:
            model.teacher.read()
        except (FileNotFoundError, ValueError) as error:
            raise UsageError(str(error)) from error
