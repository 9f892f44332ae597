"""One process that works on a study."""

import shlex
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

from .child import run_child
from .layout import SHARED, TABLE
from .lock import BusyError, locked
from .plan import Run, Study
from .prepared import Prepared, prepare
from .progress import Progress
from .steps import (
    RUN_STEPS,
    StepError,
    Todo,
    checkpoint_of,
    find_todo,
    note_state,
    weights_of,
)
from .timing import find_timing

SHARED_STEPS = ('benchmark', 'report')


class Worker:
    """Does steps of runs, and the steps that all runs share.

    Args:
        study: its content.
        out: folder of everything that it makes.
        say: takes each line of progress.
    """

    def __init__(
        self,
        study: Study,
        out: Path,
        say: Callable[[str], None],
    ) -> None:
        self.study, self.out, self.say = study, out, say
        self.problems: List[str] = []
        self._known: Dict[str, Prepared] = {}

    def do_runs(self, runs: Sequence[Run], steps: Sequence[str]) -> None:
        """Do steps of runs; what fails is a problem, not an end."""
        ready = self._prepare_all(runs) if steps else []
        for number, prepared in enumerate(ready, 1):
            prefix = f'[{number}/{len(ready)}] {prepared.run.name}'
            # Who exports the reference does it for all.
            patience = 600 if prepared.run.group == 'reference' else 20
            try:
                folder = self.out / prepared.run.name
                with locked(folder, patience=patience) as lock:
                    for step in _steps_of(prepared.run, steps):
                        self._do_step(step, prepared, prefix, lock)
            except (StepError, BusyError) as error:
                self._problem(f'{prefix}: {error}')

    def do_shared(self, steps: Sequence[str]) -> None:
        """Do some of ``SHARED_STEPS``."""
        for step in steps:
            act = self._time if step == 'benchmark' else self._report
            try:
                with locked(self.out / SHARED / step) as lock:
                    act(lock)
            except (StepError, BusyError) as error:
                self._problem(f'{step}: {error}')

    def list_all(self, runs: Sequence[Run], steps: Sequence[str]) -> None:
        """Say what is to be done of runs, and by which commands."""
        for prepared in self._prepare_all(runs):
            for step in _steps_of(prepared.run, steps):
                line = f'{prepared.run.name}: {step}'
                try:
                    todo = self._find_todo(step, prepared)
                except StepError as error:
                    self._problem(f'{line}: {error}')
                    continue
                self._list(line, todo)

    def _list(self, line: str, todo: Optional[Todo]) -> None:
        if todo is None:
            self.say(f'{line} was done before')
            return
        notes = [todo.why, todo.lacks and f'after {todo.lacks}']
        note = ', '.join(filter(None, notes))
        line += f' ({note})' if note else ''
        self.say(f'{line}: $ python {shlex.join(todo.words)}')

    def _prepare_all(self, runs: Sequence[Run]) -> List[Prepared]:
        """Read all configs, so that a wrong name shows before the hours."""
        ready = []
        for run in runs:
            try:
                ready.append(self._prepared(run))
            except ValueError as error:
                self._problem(f'{run.name}: {error}')
        return ready

    def _prepared(self, run: Run) -> Prepared:
        if run.name not in self._known:
            self._known[run.name] = prepare(run)
        return self._known[run.name]

    def _find_todo(self, step: str, prepared: Prepared) -> Optional[Todo]:
        name = prepared.run.start_from
        if name is None:
            return find_todo(step, prepared, self.out)
        if name.startswith('../'):
            start = weights_of(self.out.parent / name.removeprefix('../'))
            return find_todo(step, prepared, self.out, start)
        try:
            other = self._prepared(self.study.run(name))
        except ValueError as error:
            raise StepError(f'it starts from {name}: {error}') from error
        start = checkpoint_of(other, self.out / name)
        return find_todo(step, prepared, self.out, start)

    def _do_step(
        self, step: str, prepared: Prepared, prefix: str, lock: int
    ) -> None:
        todo = self._find_todo(step, prepared)
        if todo is None:
            self.say(f'{prefix}: {step} was done before')
            return
        if todo.lacks:
            raise StepError(f'{step} has to wait for {todo.lacks}')
        self.say(' '.join(f'{prefix}: {step} {todo.why}'.split()))
        folder = self.out / prepared.run.name
        # A training's note is what its next start is compared with; that of
        # the others says that they are done.
        if step == 'train':
            note_state(folder, step, todo.inputs)
        progress = Progress(
            prefix, self.say, prepared.epochs, self.study.metric
        )
        log = folder / 'logs' / f'{step}.log'
        self._run(step, todo.words, prepared.folder, log, progress, lock)
        if step != 'train':
            note_state(folder, step, todo.inputs)

    def _time(self, lock: int) -> None:
        todo = find_timing(self.study, self.out)
        if todo is None:
            self.say('benchmark: was done before')
            return
        folder = self.out / SHARED / 'benchmark'
        self.say(f'benchmark: {len(todo.inputs["bundles"])} models')
        progress = Progress('benchmark', self.say)
        log = folder / 'benchmark.log'
        self._run('benchmark', todo.words, self.out, log, progress, lock)
        note_state(folder, 'benchmark', todo.inputs)

    def _report(self, lock: int) -> None:
        progress = Progress('report', self.say)
        words = ['-m', f'{__package__}.report', str(self.study.path)]
        words += [str(self.out)]
        log = self.out / SHARED / 'report' / 'report.log'
        self._run('report', words, Path.cwd(), log, progress, lock)
        self.say(f'report: {self.out / TABLE}')

    def _run(
        self,
        step: str,
        words: Sequence[str],
        folder: Path,
        log: Path,
        progress: Progress,
        lock: int,
    ) -> None:
        code = run_child(words, folder, log, progress, lock)
        if code:
            raise StepError(
                f'{step} failed with exit code {code}: {progress.last} '
                f'(all of it in {log})'
            )

    def _problem(self, line: str) -> None:
        self.problems.append(line)
        self.say(line)


def _steps_of(run: Run, steps: Sequence[str]) -> List[str]:
    """Those of some steps that a run has, in their order."""
    has = set(RUN_STEPS) if run.export else {'train', 'test'}
    if run.group == 'reference':
        has = {'export'}
    if run.checkpoint:
        has -= {'train'}
    return [step for step in RUN_STEPS if step in has and step in steps]
