"""Draw training samples: photograph, crop, and each kind of target over it.

All work is in mmpose_lightkpt.visualization.target_sheet. Example:

  python tools/browse_targets.py CONFIG --num 8 --out targets.jpg
"""

import argparse
import sys


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'config', help='a config (.py), as below configs/body_2d_keypoint/'
    )
    parser.add_argument(
        '--num', type=int, default=6, help='samples (default 6)'
    )
    parser.add_argument(
        '--out',
        default='targets.jpg',
        help='picture to write (default targets.jpg)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='of the augmentation (default 0)'
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.visualization import target_sheet

    try:
        print(target_sheet(args.config, args.out, args.num, args.seed))
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
