"""The command line of the benchmark."""

import argparse
from pathlib import Path
from typing import Optional, Sequence

from .argument_types import positive, positive_share, rate, seconds
from .boxed_model import boxed_bundle, is_boxed
from .compare import THRESHOLD
from .runtimes.engines import ALL_PRECISIONS, ENGINES, NCNN
from .suites import SUITES

EXAMPLES = """examples:
  # exported models on a board: needs numpy and ncnn alone
  python tools/benchmark_ncnn.py bundles/ --threads 1 2 --out record.json

  # two configs on a workstation, exported with random weights first
  python tools/benchmark_ncnn.py CONFIG_A.py CONFIG_B.py

  # one model against another, measured in the same run
  python tools/benchmark_ncnn.py bundles/mine --vs bundles/reference

  # one backbone under every head, without typing paths
  python tools/benchmark_ncnn.py --suite ladder --threads 1

  # where the time goes, and what a graph costs before it is trained
  python tools/benchmark_ncnn.py exported/mine --per-layer
  python tools/benchmark_ncnn.py a.param --zero-weights --input-size 192 256

  # on the fast cores of a board; exit code 3 if slower than last time
  python tools/benchmark_ncnn.py bundles/ --cores big --compare old.json

  # a .tflite file beside them, where pip has installed ai-edge-litert
  python tools/benchmark_ncnn.py movenet.tflite exported/mine

  # peers on the same networks, where pip has installed them
  python tools/benchmark_ncnn.py bundles/ --runtime ncnn onnxruntime openvino

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
        description='Time exported models with ncnn and its peers, stage by '
        'stage.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('models', nargs='*', type=Path, metavar='CONFIG_OR_DIR',
        help='config (.py), bundle, folder of bundles, or a .tflite file: '
        'LiteRT times its forward pass, in its own types, on noise (default: '
        'the model that comes with the package)')
    add('--suite', choices=list(SUITES),
        help='time these configs of the package too, with random weights')
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
    if not args.models and not args.suite:
        if not is_boxed():
            parser.error('what is to be timed? give CONFIG_OR_DIR or --suite')
        args.models = [boxed_bundle()]
    configs = [path.stem for path in args.models if path.suffix == '.py']
    configs += SUITES.get(args.suite, ())
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
    files = [path.name for path in models if path.suffix == '.tflite']
    if len(set(files)) < len(files):
        parser.error('two .tflite files have the same name')
    if graphs and not (args.zero_weights and args.input_size):
        parser.error(f'{graphs[0].name} needs --zero-weights --input-size W H')
    if args.input_size and not graphs:
        parser.error('--input-size is of .param files, there is none')
    if (args.zero_weights or args.per_layer) and args.runtime != [NCNN]:
        parser.error('--zero-weights and --per-layer are for --runtime ncnn')
    if args.zero_weights and args.sustained:
        parser.error('--zero-weights and --sustained do not go together')


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
        help='arithmetic (default: fp32); int8 needs a quantised network in '
        'the bundle, and is timed whatever its keypoints are worth')
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
