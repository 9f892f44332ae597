"""The thermal curve: how long a board keeps the speed it starts with.

``python -m mmpose_lightkpt.deploy.sustained CASE`` runs one model for minutes
and prints one line of JSON for each interval; :func:`sustain` starts it and
listens. A board without a fan often loses a third of its speed after two or
three minutes, which no benchmark of a few seconds shows.
"""

import json
import subprocess
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from .machine_state import difference, read_machine
from .statistics import summarise
from .timing import (
    FRAME_BOX,
    TimingPlan,
    limit_opencv,
    open_pipeline,
    repeat_loops,
    synthetic_frame,
)
from .worker_process import claim_stdout, worker_environment

INTERVAL_S = 10.0


def sustain(
    case: Any,
    plan: TimingPlan,
    minutes: float,
    progress: Optional[Callable[[str], None]] = None,
    interval_s: float = INTERVAL_S,
) -> Dict[str, Any]:
    """Run one case for minutes in a fresh process.

    Args:
        case: a :class:`.benchmark.Case`.
        plan: its ``fps`` paces the images.
        minutes: how long, > 0.
        progress: called with one line after every interval.
        interval_s: seconds that share a point of the curve.

    Returns:
        ``model``, ``threads``, ``precision``, ``runtime``, ``complete`` and
        ``points``: ``at_s`` (end of the interval), ``median`` and ``p90`` of
        the whole pipeline in ms, and what the machine did; see
        :func:`.machine_state.difference`. Ctrl-C keeps the points so far.

    Raises:
        ValueError: ``minutes`` is not positive, or the model cannot be run.
    """
    if not 0 < minutes < float('inf'):
        raise ValueError(f'sustain: minutes must be positive, got {minutes}')
    request = dict(
        folder=str(case.folder),
        threads=case.threads,
        precision=case.precision,
        runtime=case.runtime,
        fps=plan.fps,
        seconds=60 * minutes,
        interval_s=interval_s,
    )
    points: List[Dict[str, Any]] = []
    complete = False
    with _start(request) as worker:
        try:
            for line in worker.stdout:
                point = json.loads(line)
                if 'error' in point:
                    raise ValueError(f'{case.model}: {point["error"]}')
                points.append(point)
                if progress:
                    progress(describe_point(point, points[0]))
            complete = worker.wait() == 0
        except KeyboardInterrupt:
            pass
        finally:
            worker.kill()
    if not points and not complete:
        raise ValueError(f'{case.model}: nothing was measured')
    return dict(
        model=case.model,
        threads=case.threads,
        precision=case.precision,
        runtime=case.runtime,
        fps=plan.fps,
        complete=complete,
        points=points,
    )


def sustain_all(
    cases: Sequence[Any],
    plan: TimingPlan,
    minutes: float,
    progress: Callable[[str], None],
) -> List[Dict[str, Any]]:
    """Thermal curves, one after the other; Ctrl-C ends them all.

    Args:
        cases: each a :class:`.benchmark.Case`.
        plan: see :func:`sustain`.
        minutes: of each curve; 0 gives none.
        progress: called with a line for each case and each interval.
    """
    curves: List[Dict[str, Any]] = []
    for case in cases if minutes else ():
        progress(f'{case}:')
        curves.append(sustain(case, plan, minutes, progress))
        if not curves[-1]['complete']:
            break
    return curves


def describe_point(point: Dict[str, Any], first: Dict[str, Any]) -> str:
    """One line of the curve: time, speed, clock, heat, and a bar."""
    ratio = point['median'] / first['median']
    parts = [
        f'{point["at_s"] / 60:5.1f} min',
        f'{point["median"]:8.2f} ms',
        f'{ratio:5.2f} x',
    ]
    clock, heat = point['clock_mhz'][1], point['temperature_c'][1]
    parts += [f'{clock:5.0f} MHz'] if clock else []
    parts += [f'{heat:3.0f} C'] if heat is not None else []
    parts += ['throttled'] if point['throttled'] else []
    return '  '.join([*parts, '#' * min(60, round(20 * ratio))])


def _start(request: Dict[str, Any]) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            '-m',
            f'{__package__}.sustained',
            json.dumps(request),
        ],
        env=worker_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def run_points(
    folder: str,
    threads: int,
    precision: str,
    fps: float,
    seconds: float,
    interval_s: float,
    runtime: str = 'ncnn',
) -> Iterator[Dict[str, Any]]:
    """Run a bundle in this process; yield a point for each interval."""
    limit_opencv(threads)
    pipeline = open_pipeline(folder, threads, precision, runtime)
    frame, begin = synthetic_frame(), time.perf_counter()
    while (left := seconds - (time.perf_counter() - begin)) > 0:
        before = read_machine()
        length = min(interval_s, left)
        clocks = repeat_loops(pipeline, frame, FRAME_BOX, 1, length, fps)
        summary = summarise([(c[-1] - c[0]) / 1e6 for c in clocks])
        yield dict(
            difference(before, read_machine()),
            at_s=time.perf_counter() - begin,
            median=summary.median,
            p90=summary.p90,
            count=summary.count,
        )


def main() -> int:
    """Run the case given as JSON; exit with 1 and a reason if refused."""
    answers = claim_stdout()

    def tell(answer: Dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + '\n')
        answers.flush()

    try:
        for point in run_points(**json.loads(sys.argv[1])):
            tell(point)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        tell(dict(error=str(error) or type(error).__name__))
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
