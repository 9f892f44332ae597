"""Which layers the time goes to, as far as ncnn's Python binding tells.

The wheels of ncnn are built without its own profiler. What can be done from
outside: keep every blob (no light mode) and ask for the outputs of the layers
one after the other; each call then computes one layer, because all before it
are there already. Shares are honest, sums are not quite: a layer that would
overwrite its input copies it here, and every call costs some microseconds. So
the sum is told beside the time of the whole graph, run as usual in turn with
it.

``python -m mmpose_lightkpt.deploy.layer_times REQUEST`` is the worker.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np

from .timing import TimingPlan, limit_opencv
from .worker_process import worker_environment

SLOWEST = 5
"""Layers named one by one below the table."""


def profile_all(
    cases: Sequence[Any], plan: TimingPlan, progress: Callable[[str], None]
) -> List[Dict[str, Any]]:
    """Time the layers of each case; Ctrl-C keeps those that are done.

    Args:
        cases: each a :class:`.benchmark.Case`.
        plan: says how often, and how often before to warm up.
        progress: called with one line for each case.

    Returns:
        One :func:`profile` for each case, fewer if interrupted.
    """
    profiles: List[Dict[str, Any]] = []
    try:
        for case in cases:
            profiles.append(profile(case, plan))
            said = profiles[-1].get('error', 'timed')
            progress(
                f'{case.model} {case.precision} threads={case.threads}: '
                f'layers {said}'
            )
    except KeyboardInterrupt:
        progress('interrupted: the layers of the others are not timed')
    return profiles


def profile(case: Any, plan: TimingPlan) -> Dict[str, Any]:
    """Time the layers of one case in a fresh process.

    Returns:
        ``model``, ``threads``, ``precision``, and either ``error`` or
        ``whole_ms`` (median of the graph as usual) and ``layers``, in their
        order: ``name``, ``type`` and ``ms`` (median).
    """
    request = dict(
        folder=str(case.folder),
        threads=case.threads,
        precision=case.precision,
        zero_weights=case.zero_weights,
        loops=plan.loops,
        warmup=plan.warmup_loops,
    )
    done = subprocess.run(
        [
            sys.executable,
            '-m',
            f'{__package__}.layer_times',
            json.dumps(request),
        ],
        env=worker_environment(),
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = (done.stderr.strip().splitlines() or ['no message'])[-1]
        answer = dict(error=f'ended with code {done.returncode}: {said}')
    own = dict(model=case.model, threads=case.threads)
    return dict(own, precision=case.precision, **answer)


def layer_failures(
    profiles: Sequence[Dict[str, Any]],
) -> List[Dict[str, Any]]:
    """What a record says of layers that could not be timed."""
    return [
        dict(
            model=found['model'],
            threads=found['threads'],
            precision=found['precision'],
            reason=f'its layers: {" ".join(found["error"].split())}',
        )
        for found in profiles
        if 'error' in found
    ]


def format_layers(profiles: Sequence[Dict[str, Any]]) -> str:
    """A Markdown table of shares by type, and the slowest layers of each.

    Those that could not be timed are left out; '' if none is left.
    """
    rows = [('model', 'precision', 'threads', 'type', 'layers', 'share')]
    rows.append(('---',) * len(rows[0]))
    notes = []
    for found in profiles:
        if 'error' in found:
            continue
        total = sum(layer['ms'] for layer in found['layers']) or 1.0
        name = found['model'].replace('|', '\\|')
        case = (name, found['precision'], str(found['threads']))
        for kind, count, ms in _by_type(found['layers']):
            rows.append((*case, kind, str(count), f'{ms / total:.1%}'))
        slow = sorted(found['layers'], key=lambda one: -one['ms'])[:SLOWEST]
        listed = ', '.join(
            f'{one["name"]} ({one["type"]}) {one["ms"] / total:.1%}'
            for one in slow
        )
        notes.append(
            f'{name} {case[1]} threads={case[2]}: slowest {listed}; '
            f'the layers one by one take '
            f'{total:.2f} ms, the whole {found["whole_ms"]:.2f} ms.'
        )
    table = '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
    return '\n\n'.join([table, *notes]) if notes else ''


def _by_type(
    layers: Sequence[Dict[str, Any]],
) -> List[Tuple[str, int, float]]:
    """(type, count, ms), the most costly first."""
    found: Dict[str, List[float]] = {}
    for layer in layers:
        found.setdefault(layer['type'], []).append(layer['ms'])
    rows = [(kind, len(ms), sum(ms)) for kind, ms in found.items()]
    return sorted(rows, key=lambda row: -row[2])


def time_layers(
    net: Any, x: np.ndarray, loops: int
) -> Tuple[List[Dict[str, Any]], float]:
    """Time each layer of a loaded ``ncnn.Net``, and all of it at once.

    Args:
        net: with one input, in0.
        x: (3, h, w) float32.
        loops: how often, >= 1.

    Returns:
        ``name``, ``type`` and median ``ms`` of each layer but the input, and
        the median of the whole in ms.

    Raises:
        ValueError: ncnn fails to compute a layer.
    """
    import ncnn

    held = np.ascontiguousarray(x)  # has to outlive clone()
    mat = ncnn.Mat(held).clone()
    layers = [layer for layer in net.layers() if layer.type != 'Input']
    outputs = net.output_names()
    wholes = []
    spent: List[List[float]] = [[] for _ in layers]
    for _ in range(loops):
        wholes.append(_time_whole(net, mat, outputs))
        extractor = net.create_extractor()
        extractor.set_light_mode(False)
        extractor.input('in0', mat)
        for layer, times in zip(layers, spent):
            blob = ncnn.Mat()
            begin = time.perf_counter()
            # 1: as the layer left it, not unpacked for us.
            code = extractor.extract(layer.tops[0], blob, 1)
            times.append((time.perf_counter() - begin) * 1e3)
            if code != 0:
                raise ValueError(f'ncnn failed to compute {layer.name}')
    found = [
        dict(name=layer.name, type=layer.type, ms=float(np.median(times)))
        for layer, times in zip(layers, spent)
    ]
    return found, float(np.median(wholes))


def _time_whole(net: Any, mat: Any, outputs: Sequence[str]) -> float:
    """One inference as :class:`.runtimes.NcnnRuntime` does it, in ms."""
    begin = time.perf_counter()
    with net.create_extractor() as extractor:
        extractor.input('in0', mat)
        for name in outputs:
            extractor.extract(name)
    return (time.perf_counter() - begin) * 1e3


def run_request(
    folder: str,
    threads: int,
    precision: str,
    zero_weights: bool,
    loops: int,
    warmup: int,
) -> Dict[str, Any]:
    """Load a bundle and time its layers in this process."""
    from .pipeline import PosePipeline

    limit_opencv(threads)
    pipeline = PosePipeline.from_bundle(
        Path(folder), threads, precision, zero_weights=zero_weights
    )
    width, height = pipeline.spec.input_size
    x = np.random.default_rng(0).normal(size=(3, height, width))
    x = x.astype(np.float32)
    time_layers(pipeline.runtime.net, x, warmup)
    layers, whole = time_layers(pipeline.runtime.net, x, loops)
    return dict(layers=layers, whole_ms=whole)


def main() -> int:
    """Time the case given as JSON; exit with 1 and a reason if refused."""
    try:
        answer = run_request(**json.loads(sys.argv[1]))
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        answer = dict(error=str(error) or type(error).__name__)
    sys.stdout.write(json.dumps(answer) + '\n')
    return int('error' in answer)


if __name__ == '__main__':
    sys.exit(main())
