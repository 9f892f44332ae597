"""May the times of tools/benchmark_ncnn.py be believed?

Three questions, each asked of the tool itself, at one thread:

- overhead: what a loop of the timing costs with nothing to time in it,
  against the fastest of the bundles;
- repeatability: how far the medians of two runs lie apart, one after the
  other, and taking turns repeat by repeat, so that both find the same machine:
  what the first has more is the machine's;
- a busy neighbour: whether a run is flagged beside a process that never
  rests.

Leave the machine alone meanwhile. Example:
    python benchmarks/timing_trust.py exported/ --out trust.json
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
from timed import utc_now

from mmpose_lightkpt.deploy.benchmark import measure
from mmpose_lightkpt.deploy.cases import Case, find_bundles, make_cases
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import command_line, write_atomically
from mmpose_lightkpt.deploy.timing import TimingPlan, repeat_loops

BUSY_LOOP = 'while True: pass'
STAGES = ('forward', 'total')


class NothingToDo:
    """A pipeline whose stages take no time of their own."""

    def preprocess(self, image, box):
        return image, box

    def forward(self, tensor):
        return tensor

    def decode(self, outputs, warp):
        return outputs


def loop_cost_ms(rounds: int = 7, loops: int = 20_000) -> float:
    """Median time of a loop of the timing without anything in it."""
    costs = []
    for _ in range(rounds):
        clocks = repeat_loops(NothingToDo(), None, None, loops, 0.0)
        costs.append((clocks[-1][-1] - clocks[0][0]) / len(clocks) / 1e6)
    return float(np.median(costs))


def two_runs(
    cases: Sequence[Case], plan: TimingPlan, repeats: int, turns: bool
) -> Dict[str, Dict[str, Any]]:
    """What two runs of the tool say of each model, and how far apart.

    Args:
        cases: what is timed.
        plan: of every process.
        repeats: processes of a run.
        turns: a repeat of the first run, one of the second, and so on.
    """
    parts = 2 * repeats if turns else 2
    rows: List[List[Dict[str, Any]]] = [[], []]
    for i in range(parts):
        found = measure(cases, plan, 2 * repeats // parts, i, say)
        if found.failures or not found.complete:
            raise SystemExit(f'not all could be timed: {found.failures}')
        rows[i % 2 if turns else i].append(found.rows)
    return {
        case.model: compare_runs(*[[part[k] for part in run] for run in rows])
        for k, case in enumerate(cases)
    }


def compare_runs(
    first: Sequence[Dict[str, Any]], second: Sequence[Dict[str, Any]]
) -> Dict[str, Any]:
    """The medians in ms and how far they lie apart, stage by stage.

    Args:
        first: rows of one case, of the first run.
        second: of the second.
    """
    result: Dict[str, Any] = dict(
        flags=[
            sorted({f for r in run for f in r['flags']})
            for run in (first, second)
        ]
    )
    for stage in STAGES:
        a, b = (
            float(np.median([row['stages'][stage]['median'] for row in run]))
            for run in (first, second)
        )
        result[stage] = dict(ms=[a, b], apart=abs(a - b) / min(a, b))
    return result


def beside_a_busy_loop(case: Case, plan: TimingPlan) -> Dict[str, Any]:
    """The row of a case with a neighbour that never rests."""
    neighbour = subprocess.Popen([sys.executable, '-c', BUSY_LOOP])
    try:
        row = measure([case], plan, 3, progress=say).rows[0]
    finally:
        neighbour.kill()
        neighbour.wait()
    return dict(
        model=case.model,
        flags=row['flags'],
        **{stage: row['stages'][stage]['median'] for stage in STAGES},
    )


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('bundles', nargs='+', type=Path)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    folders = [b for path in args.bundles for b in find_bundles(path)]
    cases = make_cases(folders, [1], ['fp32'], ['ncnn'])
    plan = TimingPlan(seconds=1.0)
    cost = loop_cost_ms()
    runs = two_runs(cases, plan, args.repeats, turns=False)
    turns = two_runs(cases, plan, args.repeats, turns=True)
    fastest = min(cases, key=lambda c: runs[c.model]['total']['ms'][0])
    total = runs[fastest.model]['total']['ms'][0]
    record = dict(
        kind='timing_trust',
        command=command_line('benchmarks/timing_trust.py'),
        date=utc_now(),
        device=describe_device(),
        repeats=args.repeats,
        overhead=dict(
            loop_ms=cost,
            model=fastest.model,
            total_ms=total,
            share=cost / total,
        ),
        two_runs=runs,
        taking_turns=turns,
        busy_neighbour=beside_a_busy_loop(fastest, plan),
    )
    text = json.dumps(record, indent=2)
    print(text)
    if args.out:
        write_atomically(args.out, (text + '\n').encode())


if __name__ == '__main__':
    main()
