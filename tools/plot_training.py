"""Plot losses and validation metrics of a training from its work directory.

All work is in mmpose_lightkpt.visualization.training_curve. Example:

  python tools/plot_training.py work_dirs/mine --out curve.png
"""

import argparse
import sys


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'work_dir', help='what tools/train.py was given as --work-dir'
    )
    parser.add_argument(
        '--out',
        default='curve.png',
        help='PNG to write (default curve.png)',
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.visualization import training_curve

    try:
        print(training_curve(args.work_dir, args.out))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
