"""Put a trained bundle into the package, as the model in the box.

It is checked (parity in half precision, at most 2 MB), and the model card
gets its figures from the records. All work is in mmpose_lightkpt.box_model.
Example:

  python tools/box_model.py bundles/tiny --record evaluation.json
"""

import argparse
import sys


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('bundle', help='a folder that tools/export_ncnn.py wrote')
    help = 'evaluation of its config, from tools/test.py --record'
    add('--record', required=True, metavar='EVALUATION.json', help=help)
    help = 'times of it, from tools/benchmark_ncnn.py --out'
    add('--benchmark', metavar='RECORD.json', help=help)
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.box_model import box_model

    try:
        files = box_model(args.bundle, args.record, args.benchmark)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    print(*files, sep='\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
