"""Draw what a model says, over what is true, on validation crops.

Solid and coloured: predicted (orange left, blue right). Thin and white:
annotated. All work is in mmpose_lightkpt.visualization. Example:

  python tools/draw_predictions.py CONFIG CHECKPOINT --out predictions.jpg
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
    parser.add_argument('checkpoint', help='its weights (.pth)')
    parser.add_argument(
        '--num', type=int, default=24, help='crops (default 24)'
    )
    parser.add_argument(
        '--out',
        default='predictions.jpg',
        help='picture to write (default predictions.jpg)',
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.visualization import prediction_sheet

    try:
        print(
            prediction_sheet(args.config, args.checkpoint, args.out, args.num)
        )
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
