"""Export a model to ncnn and compare it with torch.

All work is in mmpose_lightkpt.deploy.export and .parity. Example:

  python tools/export_ncnn.py CONFIG CHECKPOINT --out work_dirs/exported
"""

import argparse
import sys

from mmpose_lightkpt.deploy import PRECISIONS, PosePipeline
from mmpose_lightkpt.deploy.export import export_ncnn
from mmpose_lightkpt.deploy.parity import ParityCase, parity_table
from mmpose_lightkpt.deploy.parity import measure_parity as measure


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('config')
    add('checkpoint', nargs='?', help='random weights if left out')
    add('--out', required=True, help='folder of the bundle')
    add('--name', help="model name (default: the config's)")
    add('--crops', type=int, default=32, help='to compare (default 32)')
    add('--backbone', action='store_true', help='without neck and head')
    add('--onnx', action='store_true', help='add model.onnx, for the peers')
    compared = ['fp32', 'fp16', 'bf16']
    add('--precision', nargs='+', choices=list(PRECISIONS), default=compared)
    return parser.parse_args()


def main() -> int:
    """Export, compare and print; 0 when parity passes."""
    args = parse_args()
    try:
        what = args.config, args.checkpoint, args.out, args.name, args.crops
        options = dict(backbone_only=args.backbone, onnx=args.onnx)
        folder = export_ncnn(*what, **options)
        case = ParityCase.load(folder)
        results = [
            measure(PosePipeline.from_bundle(folder, 1, p), case)
            for p in args.precision
        ]
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    print(*sorted(folder.iterdir()), sep='\n')
    print(f'\nParity with torch on {case.source}\n\n{parity_table(results)}')
    return int(not all(result.passed for result in results))


if __name__ == '__main__':
    sys.exit(main())
