"""Test a checkpoint. All work is in mmpose_lightkpt.runner."""

import argparse

from mmengine.config import DictAction

EXAMPLE = """example:
  python tools/test.py CONFIG work_dirs/mine/best_PixelPCK_epoch_40.pth
"""


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--work-dir', help='for logs (default: work_dirs/<config name>)'
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how several processes were started (default: %(default)s)',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        dest='options',
        metavar='KEY=VALUE',
        help='override settings of the config',
    )
    parser.add_argument(
        '--record',
        metavar='FILE',
        help='write figures, data, versions and the mean pose into FILE',
    )
    return parser.parse_args()


def main() -> None:
    """Parse, test, print one metric a line."""
    args = parse_args()
    from mmpose_lightkpt.runner import UsageError, evaluate

    try:
        metrics = evaluate(**vars(args))
    except UsageError as error:
        raise SystemExit(f'error: {error}') from None
    for name, value in metrics.items():
        print(f'{name:24}{value:.4f}')


if __name__ == '__main__':
    main()
