"""Judge the mean training pose by a config's own validation.

It looks at no photograph, so a trained model has to beat it. All work is in
mmpose_lightkpt.evaluation.mean_pose. Example:

  python tools/mean_pose.py CONFIG
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
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.evaluation import mean_pose_baseline

    try:
        metrics = mean_pose_baseline(args.config)
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    for name, value in metrics.items():
        print(f'{name:<20} {value:.4f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
