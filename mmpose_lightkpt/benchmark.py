"""Time exported models: ``python -m mmpose_lightkpt.benchmark --help``.

The same as ``tools/benchmark_ncnn.py``, for those who installed the package
with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .deploy.argument_types import positive, positive_share, rate, seconds
from .deploy.benchmark import Measurements, make_record, measure
from .deploy.cases import Case, check_choices, find_bundles, make_cases
from .deploy.compare import THRESHOLD, compare, format_changes
from .deploy.cores import bound_to, choose_cores
from .deploy.export_worker import export_in_child
from .deploy.results import (
    check_writable,
    command_line,
    load_record,
    save_record,
)
from .deploy.rows import case_of
from .deploy.runtimes.engines import (
    ALL_PRECISIONS,
    ENGINES,
    NCNN,
    check_installed,
)
from .deploy.sustained import sustain
from .deploy.table import format_failures, format_table
from .deploy.timing import TimingPlan

EXAMPLES = """examples:
  # exported models on a board: needs numpy and ncnn alone
  python tools/benchmark_ncnn.py bundles/ --threads 1 2 --out record.json

  # two configs on a workstation, exported with random weights first
  python tools/benchmark_ncnn.py CONFIG_A.py CONFIG_B.py

  # one model against another, measured in the same run
  python tools/benchmark_ncnn.py bundles/mine --vs bundles/reference

  # on the fast cores of a board; exit code 3 if slower than last time
  python tools/benchmark_ncnn.py bundles/ --cores big --compare old.json

  # peers on the same networks, where pip has installed them
  python tools/benchmark_ncnn.py bundles/ --runtime ncnn onnxruntime openvino

A model that fails parity is not timed; the others still are, and the exit
code is 1. Ctrl-C keeps what was measured (exit code 130).
Without a clone, write `python -m mmpose_lightkpt.benchmark` for
tools/benchmark_ncnn.py.
"""


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='benchmark_ncnn.py', epilog=EXAMPLES, allow_abbrev=False,
        description='Time exported models with ncnn and its peers, stage by '
        'stage.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('models', nargs='+', type=Path, metavar='CONFIG_OR_DIR',
        help='config (.py), bundle or folder of bundles')
    add('--vs', type=Path, metavar='CONFIG_OR_DIR',
        help='time this too, and give ratios to it instead of to the first')
    add('--checkpoint', metavar='CKPT',
        help='weights of the one config (default: random)')
    add('--work-dir', type=Path, metavar='DIR', default='work_dirs/bundles',
        help='where configs are exported to (default: %(default)s)')
    add('--out', type=Path, metavar='record.json',
        help='write the record, with all statistics and the device')
    add('--compare', type=Path, metavar='old.json',
        help='give ratios to an older record; exit code 3 if slower')
    add('--threshold', type=positive_share, default=THRESHOLD, metavar='X',
        help='share by which a row may be slower (default: %(default)s)')
    _add_timing_options(parser)
    args = parser.parse_args(argv)
    configs = [path.stem for path in args.models if path.suffix == '.py']
    if args.checkpoint and len(configs) != 1:
        parser.error('--checkpoint needs exactly one config')
    if len(set(configs)) < len(configs):
        parser.error('two configs have the same name')
    return args


def _add_timing_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('--runtime', nargs='+', default=[NCNN], choices=list(ENGINES),
        help='engines to time beside each other (default: ncnn); all but '
        'ncnn need model.onnx in the bundles')
    add('--threads', nargs='+', type=positive, default=[1, 2], metavar='N',
        help='threads of an inference (default: 1 2)')
    add('--cores', metavar='CORES',
        help='big, little, all or numbers as in 0,2-3 (default: as started)')
    add('--precision', nargs='+', default=['fp32'], choices=ALL_PRECISIONS,
        help='arithmetic (default: fp32); int8 is for onnxruntime and '
        'openvino, and is timed whatever its keypoints are worth')
    add('--loops', type=positive, default=100, metavar='N',
        help='images timed in each process (default: %(default)s)')
    add('--repeats', type=positive, default=5, metavar='N',
        help='fresh processes for each row (default: %(default)s)')
    add('--warmup', type=positive, default=10, metavar='N',
        help='images before timing (default: %(default)s)')
    add('--seconds', type=seconds, default=0.5, metavar='S',
        help='shortest time of warming up, and of timing, in each process '
        '(default: %(default)s)')
    add('--fps', type=rate, default=0.0, metavar='N',
        help='pace the images like a camera (default: as fast as can be)')
    add('--sustained', type=seconds, default=0.0, metavar='MIN',
        help='then run each row that long, and show how it slows down')
    add('--cooldown', type=seconds, default=0.0, metavar='S',
        help='rest before each process, for boards that grow hot')
# fmt: on


def collect_bundles(
    models: Sequence[Path],
    checkpoint: Optional[str],
    folder: Path,
    onnx: bool = False,
    int8: bool = False,
) -> Tuple[List[Path], Dict[Path, str]]:
    """Find the bundles of the arguments, exporting configs into a folder.

    Args:
        models: configs, bundles and folders of bundles.
        checkpoint: weights of all the configs; random ones if None.
        folder: where to export to.
        onnx: whether exports need ``model.onnx``.
        int8: whether exports need ``model.int8.onnx``.

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
    cores = choose_cores(args.cores) if args.cores else None
    if cores and max(args.threads) > len(cores):
        raise ValueError(
            f'--threads {max(args.threads)} on --cores {args.cores}, which '
            f'are {len(cores)}'
        )
    check_installed(args.runtime)
    for line in check_choices(args.runtime, args.precision):
        _progress(line)
    needs = args.work_dir, args.runtime != [NCNN], 'int8' in args.precision
    first = [args.vs] if args.vs else []
    bundles, reasons = collect_bundles(first, None, *needs)
    found = collect_bundles(args.models, args.checkpoint, *needs)
    bundles, reasons = bundles + found[0], {**reasons, **found[1]}
    unique = {bundle.resolve(): bundle for bundle in bundles}
    cases = make_cases(
        list(unique.values()), args.threads, args.precision, args.runtime
    )
    has_reference = (args.vs or args.models[0]) not in reasons
    plan = TimingPlan(
        loops=args.loops,
        seconds=args.seconds,
        warmup_loops=args.warmup,
        warmup_seconds=args.seconds,
        fps=args.fps,
    )
    with bound_to(cores):
        measured = measure(
            cases,
            plan,
            args.repeats,
            progress=_progress,
            cooldown_s=args.cooldown,
        )
        curves = _sustain(cases, plan, args.sustained, measured)
    failures = [
        dict(model=model.stem, threads=None, precision=None, reason=reason)
        for model, reason in reasons.items()
    ]
    return make_record(
        measured._replace(failures=failures + measured.failures),
        plan,
        args.repeats,
        command_line('tools/benchmark_ncnn.py'),
        cases[0].model if has_reference else None,
        cores,
        curves,
    )


def _sustain(
    cases: Sequence[Case],
    plan: TimingPlan,
    minutes: float,
    measured: Measurements,
) -> List[Dict[str, Any]]:
    """Thermal curves of what could be timed; Ctrl-C ends them all."""
    failed = {case_of(failure) for failure in measured.failures}
    curves: List[Dict[str, Any]] = []
    for case in cases if minutes and measured.complete else ():
        if case_of(case._asdict()) in failed:
            continue
        _progress(f'{case}:')
        curves.append(sustain(case, plan, minutes, _progress))
        if not curves[-1]['complete']:
            break
    return curves


def _progress(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    try:
        old = load_record(args.compare) if args.compare else None
        if args.out:
            check_writable(args.out)
        record = run(args)
        if record['rows']:
            print(format_table(record))
        for line in format_failures(record):
            _progress(line)
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
