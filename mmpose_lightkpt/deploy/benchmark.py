"""Time bundles against each other: fresh processes, shuffled, repeated.

One run of one process is not a result: on a small virtual machine the same
model can settle at 3.5 or at 8.8 ms. So every (model, engine, threads,
precision) is measured in several fresh processes, and the order is drawn anew
for each round, so that heat and other load hit all cases alike. What fails
parity is not timed: a fast wrong answer is worth nothing. int8 and bf16 are
timed all the same, and flagged, for their shift is the price that is asked
about.
"""

import dataclasses
import datetime
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from .cases import Case
from .complexity import count_graph
from .device import describe_device
from .energy import energy_mj
from .results import STAGES, VERSION
from .rows import whole
from .runtimes.engines import LITERT, get_engine
from .runtimes.ncnn import PARAM_FILE
from .spec import ModelSpec
from .statistics import Summary, summarise_repeats
from .tflite_model import tflite_facts
from .timing import TimingPlan
from .validity import find_flags, parity_flags
from .worker_process import end_of, worker_environment

ZERO_WEIGHTS = {'zero weights': 'parity does not apply'}
"""Flag of a row that says nothing of keypoints."""
NO_REFERENCE = {'no reference': 'forward time alone, parity unknown'}
"""Flag of a ``.tflite`` file, which comes without a spec."""


class Measurements(NamedTuple):
    """What a run brought, in the order of the cases."""

    rows: List[Dict[str, Any]]
    failures: List[Dict[str, Any]]
    complete: bool
    """False if it was interrupted; the rows are then of fewer repeats."""
    device: Dict[str, Any]
    """As it was before the first of them."""


def measure(
    cases: Sequence[Case],
    plan: TimingPlan,
    repeats: int = 5,
    seed: int = 0,
    progress: Optional[Callable[[str], None]] = None,
    cooldown_s: float = 0.0,
) -> Measurements:
    """Measure all cases; Ctrl-C ends it and keeps what was measured.

    Args:
        cases: what to time.
        plan: loops and warm-up of every process.
        repeats: fresh processes per case, >= 1.
        seed: of the order of the cases.
        progress: called with one line after every process.
        cooldown_s: rest before every process.
    """
    if repeats < 1:
        raise ValueError(f'measure: repeats must be at least 1, got {repeats}')
    draw = random.Random(seed)
    samples: Dict[Case, List[Dict[str, Any]]] = {case: [] for case in cases}
    reasons: Dict[Case, str] = {}
    done, complete, device = 0, True, describe_device()
    began, planned = time.monotonic(), repeats * len(samples)
    try:
        for _ in range(repeats):
            for case in draw.sample(list(samples), len(samples)):
                done += 1
                if case in reasons:
                    continue
                time.sleep(cooldown_s)
                answer = run_worker(case, plan)
                if 'error' in answer:
                    reasons[case] = answer['error']
                else:
                    samples[case].append(answer)
                if progress:
                    left = (time.monotonic() - began) / done
                    left *= planned - done
                    progress(
                        f'[{done}/{planned}, {_duration(left)} left] '
                        + _describe(case, answer)
                    )
    except KeyboardInterrupt:
        complete = False
    return Measurements(
        [
            make_row(case, samples[case], device)
            for case in samples
            if samples[case] and case not in reasons
        ],
        [make_failure(case, reason) for case, reason in reasons.items()],
        complete,
        device,
    )


def run_worker(case: Case, plan: TimingPlan) -> Dict[str, Any]:
    """Time one case in a fresh process without torch.

    Returns:
        The worker's answer, or ``error`` with one line that tells why.
    """
    request = dict(
        folder=str(case.folder),
        threads=case.threads,
        precision=case.precision,
        runtime=case.runtime,
        plan=dataclasses.asdict(plan),
        zero_weights=case.zero_weights,
    )
    worker = subprocess.run(
        [sys.executable, '-m', f'{__package__}.timing', json.dumps(request)],
        env=worker_environment(),
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    try:
        return json.loads(worker.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (worker.stderr.strip().splitlines() or ['no message'])[-1]
        return dict(
            error='the timing process ended with '
            f'{end_of(worker.returncode)}: {last}'
        )


def make_row(
    case: Case, samples: List[Dict[str, Any]], device: Dict[str, Any]
) -> Dict[str, Any]:
    """Combine the repeats of a case with the facts of its bundle."""
    return dict(
        _facts(case),
        model=case.model,
        threads=case.threads,
        precision=case.precision,
        runtime=case.runtime,
        runtime_version=samples[-1].get('runtime_version'),
        parity=samples[-1]['parity'],
        quantisation=samples[-1].get('quantisation') or {},
        stages={
            stage: _stage([sample['stages'][stage] for sample in samples])
            for stage in STAGES
        },
        start={
            key: _middle([sample['start'][key] for sample in samples])
            for key in samples[0]['start']
        },
        energy_mj=_middle([energy_mj(sample) for sample in samples]),
        flags={
            **parity_flags(
                samples[-1]['parity'], samples[-1].get('quantisation')
            ),
            **find_flags(
                [sample['reading'] for sample in samples],
                [whole(sample['stages'])['median'] for sample in samples],
                device,
            ),
            **(ZERO_WEIGHTS if case.zero_weights else {}),
            **(NO_REFERENCE if case.runtime == LITERT else {}),
        },
        samples=[
            dict(sample['stages'], reading=sample['reading'])
            for sample in samples
        ],
    )


def _facts(case: Case) -> Dict[str, Any]:
    """What a row says of its model, whatever the times."""
    if case.runtime == LITERT:
        return dict(
            input_size=list(tflite_facts(case.folder).input_size),
            params=None,
            macs=None,
            counted_macs=None,
            file_bytes=case.folder.stat().st_size,
        )
    spec = ModelSpec.load(case.folder)
    counted = _counted_macs(case.folder, spec)
    names = get_engine(case.runtime).files[case.precision]
    files = (case.folder / name for name in names)
    return dict(
        input_size=list(spec.input_size),
        params=spec.params,
        macs=counted if spec.macs is None else spec.macs,
        counted_macs=counted,
        file_bytes=sum(f.stat().st_size for f in files if f.is_file()),
    )


def _stage(found: Sequence[Optional[Dict[str, Any]]]) -> Optional[Dict]:
    """Combine a stage's repeats; None if it was not timed."""
    summaries = [Summary(**one) for one in found if one is not None]
    return summarise_repeats(summaries)._asdict() if summaries else None


def _middle(values: Sequence[Optional[float]]) -> Optional[float]:
    """Median of what is told, None if nothing is."""
    told = [value for value in values if value is not None]
    return float(np.median(told)) if told else None


def _counted_macs(folder: Path, spec: ModelSpec) -> Optional[int]:
    """Count again what pnnx counted; None if the counter cannot."""
    try:
        return count_graph(folder / PARAM_FILE, spec.input_size).macs
    except ValueError:
        return None


def make_failure(case: Case, reason: str) -> Dict[str, Any]:
    """Say in one line why a case was not timed, without its path."""
    reason = ' '.join(reason.replace(str(case.folder), case.model).split())
    return dict(
        model=case.model,
        threads=case.threads,
        precision=case.precision,
        runtime=case.runtime,
        reason=reason,
    )


def make_record(
    found: Measurements,
    plan: TimingPlan,
    repeats: int,
    command: str,
    reference: Optional[str],
    cores: Optional[Sequence[int]] = None,
    curves: Sequence[Dict[str, Any]] = (),
) -> Dict[str, Any]:
    """Put measurements and their circumstances into one record."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return dict(
        version=VERSION,
        command=command,
        reference=reference,
        date=now.isoformat(timespec='seconds'),
        device=found.device,
        plan=dict(dataclasses.asdict(plan), repeats=repeats, cores=cores),
        complete=found.complete and all(c['complete'] for c in curves),
        rows=found.rows,
        failures=found.failures,
        sustained=list(curves),
    )


def _duration(seconds: float) -> str:
    """To the minute, below which it is in seconds."""
    return f'{seconds:.0f} s' if seconds < 60 else f'{seconds / 60:.0f} min'


def _describe(case: Case, answer: Dict[str, Any]) -> str:
    if 'error' in answer:
        return f'{case}: not timed'
    return f'{case}: {whole(answer["stages"])["median"]:.2f} ms'
