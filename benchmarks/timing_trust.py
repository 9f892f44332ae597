"""May the times of tools/benchmark_ncnn.py be believed?

Three questions, each asked of the tool itself, at one thread:

- overhead: what a loop of the timing costs with nothing to time in it,
  against the fastest of the bundles;
- repeatability: how far the medians of two runs, one after the other, lie
  apart;
- a busy neighbour: whether a run is flagged beside a process that never
  rests.

Leave the machine alone meanwhile. Example:
    python benchmarks/timing_trust.py exported/ --out trust.json
"""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np
from timed import utc_now

from mmpose_lightkpt.deploy.benchmark import measure
from mmpose_lightkpt.deploy.cases import Case, find_bundles, make_cases
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import write_atomically
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
    cases: Sequence[Case], plan: TimingPlan, repeats: int
) -> Dict[str, Dict[str, Any]]:
    """What two runs of the tool, one after the other, say of each model."""
    rows = []
    for seed in (0, 1):
        found = measure(cases, plan, repeats, seed, say)
        if found.failures or not found.complete:
            raise SystemExit(f'not all could be timed: {found.failures}')
        rows.append(found.rows)
    return {
        first['model']: compare_rows(first, second)
        for first, second in zip(*rows)
    }


def compare_rows(
    first: Dict[str, Any], second: Dict[str, Any]
) -> Dict[str, Any]:
    """The medians in ms and how far they lie apart, stage by stage."""
    result: Dict[str, Any] = dict(flags=[first['flags'], second['flags']])
    for stage in STAGES:
        a, b = (row['stages'][stage]['median'] for row in (first, second))
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
    runs = two_runs(cases, plan, args.repeats)
    fastest = min(cases, key=lambda c: runs[c.model]['total']['ms'][0])
    total = runs[fastest.model]['total']['ms'][0]
    record = dict(
        kind='timing_trust',
        command=shlex.join(['python', *sys.argv]),
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
        busy_neighbour=beside_a_busy_loop(fastest, plan),
    )
    text = json.dumps(record, indent=2)
    print(text)
    if args.out:
        write_atomically(args.out, (text + '\n').encode())


if __name__ == '__main__':
    main()
