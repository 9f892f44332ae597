"""Plot how large persons are in training crops, and propose other crops.

All work is in mmpose_lightkpt.visualization.person_areas_plot. Example:

  python tools/person_areas.py CONFIG --target 0.05 0.2 0.6 --out areas.png
"""

import argparse
import sys


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('config', help='a config (.py), as below configs/body_2d_keypoint/')
    add('--out', default='areas.png', help='PNG to write; .json beside it')
    words = dict(nargs=3, type=float, metavar=('LOW', 'PEAK', 'HIGH'))
    add('--target', **words, help='areas wanted, as shares of the crop')
    add('--like', metavar='CONFIG', help='have areas as its validation has')
    add('--seed', type=int, default=0, help='of the augmentation (default 0)')
    return parser.parse_args()


def main() -> int:
    """Run it."""
    args = parse_args()
    from mmpose_lightkpt.visualization import person_areas_plot

    try:
        record = person_areas_plot(**vars(args))
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f'error: {error}')
    for name, quantiles in record['quantiles'].items():
        print(name, '5 %, 50 %, 95 %:', *quantiles)
    for name, distance in record.get('distance', {}).items():
        print(f'{name}, distance to the target: {distance}')
    if record['settings']:
        print(f'pipeline, right before the crop:\n{record["settings"]}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
