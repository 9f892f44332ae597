"""Export models to ncnn and compare them with torch.

``python -m mmpose_lightkpt.export --help``: the same as
``tools/export_ncnn.py``, for those who installed the package with pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from .configs_index import config_path, list_configs
from .deploy.export_all import export_all
from .deploy.parity import LOSSY, ParityResult, parity_table
from .deploy.parity_case import ParityCase
from .deploy.parity_worker import measure_in_child
from .deploy.runtimes import PRECISIONS

EXAMPLES = """examples:
  # one trained model
  python tools/export_ncnn.py CONFIG.py best.pth --out bundles/mine

  # every config of the package, with untrained weights, below a folder;
  # what is there already and made of the same sources is kept
  python tools/export_ncnn.py --all --out bundles

A bundle is a folder: the network for ncnn (.param, weights in fp32 and in
half the size in fp16), spec.json (what a board must know, licence, versions,
SHA-256 of the files) and parity.npz (crops and what torch made of them).
Exit code 1 if an export fails, or parity in a precision other than bf16, whose
rounding moves most trained models by more than the bound: it is shown. With
--all, parity in fp32 alone, for untrained weights do not tell what rounding
costs.
"""


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='export_ncnn.py', epilog=EXAMPLES, allow_abbrev=False,
        description='Export a model to ncnn and compare it with torch.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('config', nargs='?', metavar='CONFIG', help='a config with a '
        'top-down model (.py)')
    add('checkpoint', nargs='?', metavar='CKPT',
        help='its weights (default: random ones, to time an architecture)')
    add('--all', action='store_true',
        help='every config of the package, each into its own subfolder')
    add('--out', required=True, type=Path, metavar='DIR',
        help='folder of the bundle; with --all, of the bundles')
    add('--name', help="model name in tables (default: the config's)")
    add('--crops', type=int, default=32, metavar='N',
        help='crops to compare on, from the validation set if it is there '
        '(default: %(default)s)')
    add('--license', default='Apache-2.0', metavar='SPDX',
        help='licence of the weights (default: %(default)s)')
    add('--backbone', action='store_true', help='without neck and head')
    add('--onnx', action='store_true',
        help='add model.onnx, for ONNX Runtime, OpenVINO and MNN')
    add('--precision', nargs='+', choices=list(PRECISIONS),
        default=['fp32', 'fp16', 'fp16-weights', 'bf16'],
        help='in which to compare (default: fp32 fp16 fp16-weights bf16)')
    args = parser.parse_args(argv)
    if args.all == bool(args.config):
        parser.error('give a config, or --all')
    if args.all and (args.name or args.backbone or args.onnx):
        parser.error('--name, --backbone and --onnx are of one config')
    return args
# fmt: on


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Export, compare and print; 0 when everything passes."""
    args = parse_args(argv)
    try:
        if args.all:
            return _export_all(args)
        from .deploy.export import export_ncnn

        what = args.config, args.checkpoint, args.out, args.name, args.crops
        options = dict(backbone_only=args.backbone, onnx=args.onnx)
        folder = export_ncnn(*what, args.license, **options)
        print(*sorted(folder.iterdir()), sep='\n')
        judged = [p for p in args.precision if p not in LOSSY]
        return int(not _compare(folder, args.precision, judged))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')


def _export_all(args: argparse.Namespace) -> int:
    configs = [Path(config_path(name)) for name in list_configs()]
    bundles, reasons = export_all(configs, args.out, True, _progress)
    # What rounding costs is no matter of weights that were never trained.
    passed = [_compare(b, args.precision, ['fp32']) for b in bundles]
    for config, reason in reasons.items():
        _progress(f'not exported: {config.stem}: {reason}')
    return int(bool(reasons) or not all(passed))


def _compare(
    folder: Path, precisions: Sequence[str], judged: Sequence[str]
) -> bool:
    """Print how far ncnn is from torch; whether those judged pass."""
    results: List[ParityResult] = []
    crashes: Dict[str, str] = {}
    for precision in precisions:
        try:
            results.append(measure_in_child(folder, precision))
        except ValueError as error:
            crashes[precision] = f'{folder.name} in {precision}: {error}'
    source = ParityCase.load(folder).source
    print(f'\nParity of {folder.name} with torch on {source}\n')
    print(parity_table(results), *crashes.values(), sep='\n', flush=True)
    passed = all(r.passed for r in results if r.precision in judged)
    return passed and not set(crashes) & set(judged)


def _progress(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


if __name__ == '__main__':
    sys.exit(main())
