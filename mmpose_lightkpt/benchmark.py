"""Time exported models: ``python -m mmpose_lightkpt.benchmark --help``.

The same as ``tools/benchmark_ncnn.py``, for those who installed the package
with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .argument_types import positive, positive_share, rate, seconds
from .deploy.bare_graph import bundle_of_graph
from .deploy.benchmark import (
    Case,
    Measurements,
    find_bundles,
    make_cases,
    make_record,
    measure,
)
from .deploy.compare import THRESHOLD, compare, format_changes
from .deploy.cores import bound_to, choose_cores
from .deploy.export_worker import export_in_child
from .deploy.layer_times import format_layers, layer_failures, profile_all
from .deploy.results import (
    check_writable,
    command_line,
    load_record,
    save_record,
)
from .deploy.runtimes import PRECISIONS
from .deploy.signals import terminated_like_interrupted
from .deploy.sustained import sustain_all
from .deploy.table import format_failures, format_table
from .deploy.timing import TimingPlan

EXAMPLES = """examples:
  # exported models on a board: needs numpy and ncnn alone
  python tools/benchmark_ncnn.py bundles/ --threads 1 2 --out record.json

  # two configs on a workstation, exported with random weights first
  python tools/benchmark_ncnn.py CONFIG_A.py CONFIG_B.py

  # one model against another, measured in the same run
  python tools/benchmark_ncnn.py bundles/mine --vs bundles/reference

  # where the time goes, and what a graph costs before it is trained
  python tools/benchmark_ncnn.py exported/mine --per-layer
  python tools/benchmark_ncnn.py a.param --zero-weights --input-size 192 256

  # on the fast cores of a board; exit code 3 if slower than last time
  python tools/benchmark_ncnn.py bundles/ --cores big --compare old.json

A model that fails parity is not timed; the others still are, and the exit
code is 1. Ctrl-C and kill keep what was measured (exit code 130).
Without a clone, write `python -m mmpose_lightkpt.benchmark` for
tools/benchmark_ncnn.py.
"""


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='benchmark_ncnn.py', epilog=EXAMPLES, allow_abbrev=False,
        description='Time exported models with ncnn, stage by stage.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('models', nargs='+', type=Path, metavar='CONFIG_OR_DIR',
        help='config (.py), bundle or folder of bundles')
    add('--vs', type=Path, metavar='CONFIG_OR_DIR',
        help='time this too, and give ratios to it instead of to the first')
    add('--checkpoint', metavar='CKPT',
        help='weights of the one config (default: random)')
    add('--work-dir', type=Path, metavar='DIR', default='work_dirs/bundles',
        help='where bundles of configs are written (default: %(default)s)')
    add('--out', type=Path, metavar='record.json',
        help='write the record, with all statistics and the device')
    add('--compare', type=Path, metavar='old.json',
        help='give ratios to an older record; exit code 3 if slower')
    add('--threshold', type=positive_share, default=THRESHOLD, metavar='X',
        help='share by which a row may be slower (default: %(default)s)')
    _add_graph_options(parser)
    _add_timing_options(parser)
    args = parser.parse_args(argv)
    _check_graph_options(parser, args)
    configs = [path.stem for path in args.models if path.suffix == '.py']
    if args.checkpoint and len(configs) != 1:
        parser.error('--checkpoint needs exactly one config')
    if len(set(configs)) < len(configs):
        parser.error('two configs have the same name')
    return args


def _add_graph_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('--per-layer', action='store_true',
        help="then show each type of layer's share of the forward time; "
        "measured by asking ncnn for one layer's output after the other, "
        'each taking the time since the one before: shares, not sums')
    add('--zero-weights', action='store_true',
        help='time graphs with zeros for weights, needing no training: models '
        'may be .param files; no keypoints, so no parity (the row says so)')
    add('--input-size', nargs=2, type=positive, metavar=('W', 'H'),
        help='of .param files, in pixels')


def _check_graph_options(parser: argparse.ArgumentParser,
                         args: argparse.Namespace) -> None:
    models = [*args.models, args.vs] if args.vs else args.models
    graphs = [path for path in models if path.suffix == '.param']
    if len({path.stem for path in graphs}) < len(graphs):
        parser.error('two .param files have the same name')
    if graphs and not (args.zero_weights and args.input_size):
        parser.error(f'{graphs[0].name} needs --zero-weights --input-size W H')
    if args.input_size and not graphs:
        parser.error('--input-size is of .param files, there is none')
    if args.zero_weights and args.sustained:
        parser.error('--zero-weights and --sustained do not go together')


def _add_timing_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('--threads', nargs='+', type=positive, default=[1, 2], metavar='N',
        help='threads of ncnn (default: 1 2)')
    add('--cores', metavar='CORES',
        help='big, little, all or numbers as in 0,2-3 (default: as started)')
    add('--precision', nargs='+', default=['fp32'], choices=list(PRECISIONS),
        help='arithmetic of ncnn (default: fp32)')
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
    graph_size: Optional[Sequence[int]] = None,
) -> Tuple[List[Path], Dict[Path, str]]:
    """Find the bundles of the arguments, exporting configs into a folder.

    Args:
        models: configs, bundles and folders of bundles.
        checkpoint: weights of all the configs; random ones if None.
        folder: where to export to.
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
                bundles.append(export_in_child(model, checkpoint, folder))
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
    cores = choose_cores(args.cores) if args.cores else None
    if cores and max(args.threads) > len(cores):
        raise ValueError(
            f'--threads {max(args.threads)} on --cores {args.cores}, which '
            f'are {len(cores)}'
        )
    first = [args.vs] if args.vs else []
    size = args.input_size
    bundles, reasons = collect_bundles(first, None, args.work_dir, size)
    found = collect_bundles(args.models, args.checkpoint, args.work_dir, size)
    bundles, reasons = bundles + found[0], {**reasons, **found[1]}
    unique = {bundle.resolve(): bundle for bundle in bundles}
    cases = [
        case._replace(zero_weights=args.zero_weights)
        for case in make_cases(
            list(unique.values()), args.threads, args.precision
        )
    ]
    has_reference = (args.vs or args.models[0]) not in reasons
    plan = TimingPlan(
        loops=args.loops,
        seconds=args.seconds,
        warmup_loops=args.warmup,
        warmup_seconds=args.seconds,
        fps=args.fps,
    )
    with bound_to(cores), terminated_like_interrupted():
        measured = measure(
            cases,
            plan,
            args.repeats,
            progress=_progress,
            cooldown_s=args.cooldown,
        )
        timed = _timed(cases, measured)
        curves = sustain_all(timed, plan, args.sustained, _progress)
        layers = profile_all(timed, plan, _progress) if args.per_layer else []
    failures = [
        dict(model=model.stem, threads=None, precision=None, reason=reason)
        for model, reason in reasons.items()
    ]
    measured.failures.extend(layer_failures(layers))
    record = make_record(
        measured._replace(failures=failures + measured.failures),
        plan,
        args.repeats,
        command_line('tools/benchmark_ncnn.py'),
        cases[0].model if has_reference else None,
        cores,
        curves,
    )
    if args.per_layer:
        record['per_layer'] = layers
        record['complete'] &= len(layers) == len(timed)
    return record


def _timed(cases: Sequence[Case], found: Measurements) -> List[Case]:
    """Those that can be run on: all that did not fail, if none is left."""
    failed = {(f['model'], f['threads'], f['precision']) for f in found[1]}
    which = [(case.model, case.threads, case.precision) for case in cases]
    pairs = zip(cases, which) if found.complete else ()
    return [case for case, key in pairs if key not in failed]


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
