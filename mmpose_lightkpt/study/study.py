"""Run a study: rung by rung, as far as it is not done yet."""

from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, Sequence, Union

from .layout import publish as publish_results
from .steps import RUN_STEPS
from .study_file import load_study
from .worker import SHARED_STEPS, Worker

STEPS = (*RUN_STEPS, *SHARED_STEPS)


def run_study(
    path: Union[str, Path],
    out: Union[str, Path],
    only: Optional[List[str]] = None,
    steps: Sequence[str] = STEPS,
    options: Optional[Mapping[str, Any]] = None,
    dry_run: bool = False,
    publish: Optional[Union[str, Path]] = None,
    say: Callable[[str], None] = print,
) -> List[str]:
    """Do what is not done of a study.

    Each step is a command of its own, which is logged. A run that fails is
    reported and the others go on; a killed study goes on from the last
    checkpoint when it is started again. Several processes may share ``out``.

    Args:
        path: the study's file.
        out: folder of everything that it makes.
        only: names of runs, or 'rungs' or 'ablations'; None is all.
        steps: some of ``STEPS``.
        options: overrides of all configs.
        dry_run: only say what would be done.
        publish: folder that records, table and plots are copied to.
        say: takes each line of progress.

    Returns:
        One line for each thing that was asked for and is not done.

    Raises:
        ValueError: the study or an argument cannot be what was meant.
        OSError: ``out`` or ``publish`` cannot be written.
    """
    unknown = sorted(set(steps) - set(STEPS))
    if unknown:
        raise ValueError(
            f'steps must be among {", ".join(STEPS)}, got {", ".join(unknown)}'
        )
    study = load_study(path, options)
    runs = list(study.select(only))
    reference = study.reference
    if reference and reference not in study.runs and 'export' in steps:
        runs.append(reference)
    worker = Worker(study, Path(out).resolve(), say)
    if dry_run:
        worker.list_all(runs, steps)
        return worker.problems
    worker.out.mkdir(parents=True, exist_ok=True)
    worker.do_runs(runs, [step for step in RUN_STEPS if step in steps])
    worker.do_shared([step for step in SHARED_STEPS if step in steps])
    if publish:
        publish_results(study, worker.out, Path(publish))
        say(f'published in {publish}')
    return worker.problems
