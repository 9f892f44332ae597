"""Export a model to ncnn and compare it with torch.

All work is in mmpose_lightkpt.deploy.export and .parity. Example:

  python tools/export_ncnn.py CONFIG CHECKPOINT --out work_dirs/exported
"""

import argparse
import sys

from mmpose_lightkpt.deploy import PRECISIONS, PosePipeline
from mmpose_lightkpt.deploy.export import export_ncnn
from mmpose_lightkpt.deploy.parity import (
    ParityCase,
    measure_parity,
    parity_table,
)


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config')
    parser.add_argument(
        'checkpoint', nargs='?', help='random weights if left out'
    )
    parser.add_argument('--out', required=True, help='folder of the bundle')
    parser.add_argument('--name', help="model name (default: the config's)")
    parser.add_argument(
        '--crops', type=int, default=32, help='of the comparison (default 32)'
    )
    parser.add_argument(
        '--precision',
        nargs='+',
        choices=list(PRECISIONS),
        default=['fp32', 'fp16', 'bf16'],
        help='compared with torch (default: fp32 fp16 bf16)',
    )
    return parser.parse_args()


def main() -> int:
    """Export, compare and print; 0 when parity passes."""
    args = parse_args()
    try:
        folder = export_ncnn(
            args.config, args.checkpoint, args.out, args.name, args.crops
        )
        case = ParityCase.load(folder)
        results = [
            measure_parity(PosePipeline.from_bundle(folder, 1, p), case)
            for p in args.precision
        ]
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    print(*sorted(folder.iterdir()), sep='\n')
    print(f'\nParity with torch on {case.source}\n\n{parity_table(results)}')
    return int(not all(result.passed for result in results))


if __name__ == '__main__':
    sys.exit(main())
