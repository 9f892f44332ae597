"""Export, check and time every config of the package in one run.

What ``make bench`` does: untrained weights, for time does not depend on them,
made such that keypoints depend on the picture, so that parity is judged; see
``deploy/untrained.py``.
"""

import argparse
import fnmatch
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from .configs_index import config_path, list_configs
from .deploy.argument_types import positive, seconds
from .deploy.benchmark import make_failure, make_record, measure
from .deploy.cases import Case, make_cases
from .deploy.device import describe_device
from .deploy.export_all import export_all
from .deploy.results import check_writable, command_line, save_record
from .deploy.runtimes.engines import NCNN, check_installed
from .deploy.runtimes.ncnn import PARAM_FILE, crashing_layers
from .deploy.signals import terminated_like_interrupted
from .deploy.spec import ModelSpec
from .deploy.table import format_failures
from .deploy.timing import TimingPlan
from .deploy.zoo_table import zoo_table

REFERENCE = 'movenet_mobilenetv2_1xb32-28e_coco-192x192'
"""MoveNet Lightning's graph."""
WEIGHTS = (
    'untrained, of one sign and scaled on crops (deploy/untrained.py): times '
    'do not depend on weights; parity in fp32 tells whether the arithmetic is '
    'right; in bf16 it says nothing of trained models, for how far rounding '
    'moves a keypoint grows with the scales that were chosen'
)

LEFT_OUT = 'in bf16 ncnn crashes on grouped deconvolutions'


def choose(patterns: Sequence[str]) -> List[str]:
    """Names of configs that fit one of the patterns, the reference first.

    Raises:
        ValueError: a pattern fits none.
    """
    known = list_configs()
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            raise ValueError(
                f"no config fits '{pattern}'; there are: {', '.join(known)}"
            )
    fit = [n for n in known if any(fnmatch.fnmatch(n, p) for p in patterns)]
    return [REFERENCE, *(name for name in fit if name != REFERENCE)]


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """Export what changed, time everything and return the record.

    Args:
        args: of :func:`parse_args`.
    """
    check_installed([NCNN])
    configs = [Path(config_path(name)) for name in choose(args.configs)]
    with terminated_like_interrupted():
        bundles, reasons = export_all(
            configs, args.work_dir, lively=True, progress=_progress
        )
        cases = make_cases(bundles, args.threads, args.precision)
        known = [case for case in cases if _crashes(case)]
        cases = [case for case in cases if case not in known]
        plan = TimingPlan(args.loops, args.seconds, 5, args.seconds / 2)
        measured = measure(cases, plan, args.repeats, 0, _progress)
    measured.failures[:0] = [
        dict(model=config.stem, threads=None, precision=None, reason=reason)
        for config, reason in reasons.items()
    ]
    record = make_record(
        measured,
        plan,
        args.repeats,
        command_line('tools/bench_zoo.py'),
        REFERENCE if configs[0] not in reasons else None,
    )
    return dict(
        record,
        weights=WEIGHTS,
        files=_sizes(bundles),
        left_out=[make_failure(case, LEFT_OUT) for case in known],
    )


def _crashes(case: Case) -> bool:
    """Whether ncnn is known to crash on it."""
    param = (case.folder / PARAM_FILE).read_text('utf-8')
    return bool(crashing_layers(param, case.precision))


def _sizes(bundles: Sequence[Path]) -> Dict[str, Dict[str, int]]:
    """Model -> file of its bundle -> bytes."""
    specs = {bundle: ModelSpec.load(bundle) for bundle in bundles}
    return {
        spec.name: {n: (bundle / n).stat().st_size for n in spec.sha256}
        for bundle, spec in specs.items()
    }


def default_out() -> Path:
    """``docs/results/<device>/zoo.json``, the device named by its CPU."""
    device = describe_device()
    name = device['board'] or device['cpu'] or 'unknown'
    words = [name, str(device['cores'])]
    words += ['vcpu' if device['virtual'] else 'cores']
    slug = re.sub(r'[^a-z0-9]+', '-', ' '.join(words).lower()).strip('-')
    return Path('docs/results') / slug / 'zoo.json'


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='bench_zoo.py', allow_abbrev=False,
        description='Export, check and time the configs of the package in '
        'one run, beside the graph of MoveNet Lightning.',
        epilog='examples:\n'
        '  python tools/bench_zoo.py\n'
        "  python tools/bench_zoo.py 'simcc_*' --out simcc.json\n\n"
        'Exports of the same sources are used again. Ctrl-C keeps what was '
        'timed (exit\ncode 130); the exit code is 1 if anything could not be '
        'exported or timed. bf16\nthat fails parity is timed and marked.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('configs', nargs='*', default=['*'], metavar='NAME',
        help='names of configs, * standing for anything (default: all)')
    add('--work-dir', type=Path, default=Path('work_dirs/bench'),
        metavar='DIR', help='of the exports (default: %(default)s)')
    add('--out', type=Path, metavar='zoo.json',
        help='the record (default: docs/results/<device>/zoo.json)')
    add('--threads', nargs='+', type=positive, default=[1, 2], metavar='N',
        help='threads of an inference (default: 1 2)')
    add('--precision', nargs='+', default=['fp32', 'bf16'],
        choices=['fp32', 'fp16', 'fp16-storage', 'fp16-weights', 'bf16'],
        help='arithmetic (default: fp32 bf16)')
    add('--repeats', type=positive, default=4, metavar='N',
        help='fresh processes for each row (default: %(default)s)')
    add('--loops', type=positive, default=30, metavar='N',
        help='images timed in each, at least (default: %(default)s)')
    add('--seconds', type=seconds, default=0.6, metavar='S',
        help='shortest time of timing in each, after half as long of warming '
        'up (default: %(default)s)')
    return parser.parse_args(argv)
# fmt: on


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    out = args.out or default_out()
    try:
        choose(args.configs)  # a wrong name leaves no folder
        check_writable(out)
        record = run(args)
        save_record(record, out)
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'bench_zoo: error: {error}\n')
        return 1
    except KeyboardInterrupt:
        sys.stderr.write('interrupted before anything was timed\n')
        return 130
    print(zoo_table(record))
    for line in format_failures(record):
        _progress(line)
    print(f'\nrecord: {out}')
    if not record['complete']:
        return 130
    return int(bool(record['failures']))


def _progress(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


if __name__ == '__main__':
    sys.exit(main())
