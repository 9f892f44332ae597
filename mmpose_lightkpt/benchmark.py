"""Time exported models: ``python -m mmpose_lightkpt.benchmark --help``.

The same as ``tools/benchmark_ncnn.py``, for those who installed the package
with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .configs_index import config_path
from .deploy.bare_graph import bundle_of_graph
from .deploy.benchmark import Measurements, make_record, measure
from .deploy.benchmark_arguments import parse_args
from .deploy.cases import (
    Case,
    check_choices,
    find_bundles,
    is_bundle,
    make_cases,
    spared,
)
from .deploy.compare import compare, format_changes
from .deploy.cores import bound_to, choose_cores
from .deploy.export_worker import export_in_child
from .deploy.layer_times import format_layers, layer_failures, profile_all
from .deploy.results import (
    check_writable,
    command_line,
    load_record,
    save_record,
)
from .deploy.rows import case_of
from .deploy.runtimes.engines import NCNN, check_installed
from .deploy.signals import terminated_like_interrupted
from .deploy.suites import SUITES
from .deploy.sustained import sustain_all
from .deploy.table import format_failures, format_table
from .deploy.tflite_model import is_tflite, tflite_facts
from .deploy.timing import TimingPlan


def collect_bundles(
    models: Sequence[Path],
    checkpoint: Optional[str],
    folder: Path,
    onnx: bool = False,
    int8: bool = False,
    graph_size: Optional[Sequence[int]] = None,
) -> Tuple[List[Path], Dict[Path, str]]:
    """Find the bundles of the arguments, exporting configs into a folder.

    Args:
        models: configs, bundles, folders of bundles and ``.tflite`` files,
            which stand for themselves.
        checkpoint: weights of all the configs; random ones if None.
        folder: where to export to.
        onnx: whether exports need ``model.onnx``.
        int8: whether exports need ``model.int8.onnx``.
        graph_size: (w, h) in pixels of the input of .param files.

    Returns:
        The bundles in order, and the reason for each argument without any.
    """
    bundles: List[Path] = []
    reasons: Dict[Path, str] = {}
    for model in models:
        try:
            if model.suffix == '.py':
                _progress(f'exporting {model.stem}')
                bundles.append(
                    export_in_child(model, checkpoint, folder, onnx, int8)
                )
            elif is_tflite(model):
                tflite_facts(model)  # or the reason why there are none
                bundles.append(model)
            elif model.suffix == '.param' and graph_size:
                graph = folder / f'{model.stem}_graph'
                bundles.append(bundle_of_graph(model, graph_size, graph))
            else:
                bundles += find_bundles(model)
        except (ValueError, OSError) as error:
            reasons[model] = str(error).replace(str(model), model.name)
    return bundles, reasons


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """Export what must be, time everything and return the record.

    Args:
        args: of :func:`parse_args`.
    """
    names = SUITES.get(args.suite, ())
    args.models += [Path(config_path(name)) for name in names]
    cores = _cores(args)
    if not all(map(is_tflite, [*args.models, args.vs or args.models[0]])):
        check_installed(args.runtime)
    for line in check_choices(args.runtime, args.precision):
        _progress(line)
    cases, reasons = _cases(args)
    plan = TimingPlan(
        loops=args.loops,
        seconds=args.seconds,
        warmup_loops=args.warmup,
        warmup_seconds=args.seconds,
        fps=args.fps,
    )
    with bound_to(cores), terminated_like_interrupted():
        measured = measure(
            cases, plan, args.repeats, 0, _progress, args.cooldown
        )
        timed = _timed(cases, measured)
        curves = sustain_all(timed, plan, args.sustained, _progress)
        own = [case for case in timed if args.per_layer and is_bundle(case)]
        layers = profile_all(own, plan, _progress)
    measured.failures.extend(layer_failures(layers))
    measured.failures[:0] = [
        dict(model=model.stem, threads=None, precision=None, reason=reason)
        for model, reason in reasons.items()
    ]
    has_reference = (args.vs or args.models[0]) not in reasons
    record = make_record(
        measured,
        plan,
        args.repeats,
        command_line('tools/benchmark_ncnn.py'),
        cases[0].model if has_reference else None,
        cores,
        curves,
    )
    if args.per_layer:
        record['per_layer'] = layers
        record['complete'] &= len(layers) == len(own)
    return record


def _cores(args: argparse.Namespace) -> Optional[Sequence[int]]:
    """The cores that were asked for, enough for the threads."""
    cores = choose_cores(args.cores) if args.cores else None
    if cores and max(args.threads) > len(cores):
        raise ValueError(
            f'--threads {max(args.threads)} on --cores {args.cores}, which '
            f'are {len(cores)}'
        )
    return cores


def _cases(args: argparse.Namespace) -> Tuple[List[Case], Dict[Path, str]]:
    """What is to be timed, the reference first; why some cannot be."""
    needs = (
        args.work_dir,
        args.runtime != [NCNN],
        'int8' in args.precision and args.runtime != [NCNN],
        args.input_size,
    )
    first = [args.vs] if args.vs else []
    bundles, reasons = collect_bundles(first, None, *needs)
    found = collect_bundles(args.models, args.checkpoint, *needs)
    unique = {bundle.resolve(): bundle for bundle in bundles + found[0]}
    models, choices = list(unique.values()), (args.precision, args.runtime)
    for line in spared(models, *choices):
        _progress(line)
    cases = make_cases(models, args.threads, *choices)
    cases = [
        case._replace(zero_weights=args.zero_weights and is_bundle(case))
        for case in cases
    ]
    return cases, {**reasons, **found[1]}


def _timed(cases: Sequence[Case], found: Measurements) -> List[Case]:
    """Those that can be run on: all that did not fail, if none is left."""
    failed = {case_of(failure) for failure in found.failures}
    pairs = ((case, case_of(case._asdict())) for case in cases)
    return [c for c, key in pairs if found.complete and key not in failed]


def _progress(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


def _show(record: Dict[str, Any]) -> None:
    """Tables on the standard output, failures on the other."""
    if record['rows']:
        print(format_table(record))
    if record.get('per_layer'):
        print('\n' + format_layers(record['per_layer']))
    for line in format_failures(record):
        _progress(line)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    try:
        old = load_record(args.compare) if args.compare else None
        if args.out:
            check_writable(args.out)
        record = run(args)
        _show(record)
        if args.out:
            save_record(record, args.out)
            print(f'record: {args.out}')
        changes = compare(record, old, args.threshold) if old else []
        if changes:
            print('\n' + format_changes(changes, args.threshold))
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'benchmark_ncnn: error: {error}\n')
        return 1
    except KeyboardInterrupt:
        sys.stderr.write('interrupted before anything was measured\n')
        return 130
    if not record['complete']:
        return 130
    if record['failures']:
        return 1
    return 3 if any(change.slower for change in changes) else 0


if __name__ == '__main__':
    sys.exit(main())
