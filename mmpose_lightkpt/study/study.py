"""Run a study: rung by rung, as far as it is not done yet."""

import time
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Union,
)

from .child import run_child
from .lock import BusyError, locked
from .plan import Run, Study, load_study
from .prepared import Prepared, prepare
from .progress import Progress
from .steps import (
    RUN_STEPS,
    StepError,
    Todo,
    checkpoint_of,
    find_todo,
    note_state,
)

__all__ = ['STEPS', 'StudyResult', 'run_study']

STEPS = (*RUN_STEPS, 'benchmark', 'report')
Say = Callable[[str], None]


class StudyResult(NamedTuple):
    """What came of it."""

    problems: List[str]
    """One line for each thing that was asked for and is not done."""
    hours: float


def run_study(
    path: Union[str, Path],
    out: Union[str, Path],
    only: Optional[List[str]] = None,
    steps: Sequence[str] = STEPS,
    options: Optional[Mapping[str, Any]] = None,
    dry_run: bool = False,
    publish: Optional[Union[str, Path]] = None,
    say: Say = print,
) -> StudyResult:
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

    Raises:
        ValueError: the study or an argument cannot be what was meant.
        OSError: ``out`` cannot be written.
    """
    unknown = sorted(set(steps) - set(STEPS))
    if unknown:
        raise ValueError(
            f'steps must be among {", ".join(STEPS)}, got {", ".join(unknown)}'
        )
    study, start = load_study(path, options), time.monotonic()
    runs = list(study.select(only))
    if study.reference and 'export' in steps:
        runs.append(study.reference)
    worker = _Worker(study, Path(out).resolve(), steps, say)
    if dry_run:
        worker.list_all(runs)
    else:
        worker.out.mkdir(parents=True, exist_ok=True)
        worker.do_all(runs)
    hours = (time.monotonic() - start) / 3600
    return StudyResult(worker.problems, hours)


class _Worker:
    """One process that works on a study."""

    def __init__(
        self, study: Study, out: Path, steps: Sequence[str], say: Say
    ) -> None:
        self.study, self.out, self.say = study, out, say
        self.steps = [step for step in STEPS if step in steps]
        self.problems: List[str] = []
        self._prepared: Dict[str, Prepared] = {}

    def do_all(self, runs: Sequence[Run]) -> None:
        """Do all steps of all runs."""
        ready = self._prepare(runs)
        for number, prepared in enumerate(ready, 1):
            prefix = f'[{number}/{len(ready)}] {prepared.run.name}'
            try:
                with locked(self.out / prepared.run.name) as lock:
                    self._do_run(prepared, prefix, lock)
            except (StepError, BusyError) as error:
                self._problem(f'{prefix}: {error}')

    def list_all(self, runs: Sequence[Run]) -> None:
        """Say what is to be done, and by which commands."""
        for prepared in self._prepare(runs):
            for step in self._steps_of(prepared):
                line = f'{prepared.run.name}: {step}'
                try:
                    todo = find_todo(
                        step, prepared, self.out, self._start(prepared)
                    )
                    if todo is None:
                        self.say(f'{line}: done')
                    else:
                        self.say(f'{line}: $ python {" ".join(todo.words)}')
                except StepError as error:
                    self.say(f'{line}: {error}')

    def _prepare(self, runs: Sequence[Run]) -> List[Prepared]:
        """Read all configs, so that a wrong name shows before the hours."""
        ready = []
        for run in runs:
            try:
                ready.append(prepare(run))
            except ValueError as error:
                self._problem(f'{run.name}: {error}')
        return ready

    def _steps_of(self, prepared: Prepared) -> List[str]:
        if prepared.run.group == 'reference':
            return [step for step in self.steps if step == 'export']
        return [step for step in self.steps if step in RUN_STEPS]

    def _do_run(self, prepared: Prepared, prefix: str, lock: int) -> None:
        for step in self._steps_of(prepared):
            todo = find_todo(step, prepared, self.out, self._start(prepared))
            if todo is None:
                self.say(f'{prefix}: {step} is done')
            else:
                self._do_step(step, todo, prepared, prefix, lock)

    def _do_step(
        self, step: str, todo: Todo, prepared: Prepared, prefix: str, lock: int
    ) -> None:
        folder = self.out / prepared.run.name
        log = folder / 'logs' / f'{step}.log'
        self.say(' '.join(f'{prefix}: {step} {todo.why}'.split()))
        if step == 'train':
            note_state(folder, step, todo.inputs)
        progress = Progress(
            prefix, prepared.epochs, self.study.metric, self.say
        )
        code = run_child(todo.words, prepared.folder, log, progress, lock)
        if code:
            raise StepError(
                f'{step} failed with exit code {code}: {progress.last} '
                f'(all of it in {log})'
            )
        if step != 'train':
            note_state(folder, step, todo.inputs)

    def _start(self, prepared: Prepared) -> Optional[Path]:
        """The weights that a run starts from."""
        name = prepared.run.start_from
        if name is None:
            return None
        if name not in self._prepared:
            try:
                self._prepared[name] = prepare(self.study.run(name))
            except ValueError as error:
                raise StepError(f'{name}: {error}') from error
        return checkpoint_of(self.out / name, self._prepared[name].epochs)

    def _problem(self, line: str) -> None:
        self.problems.append(line)
        self.say(line)
