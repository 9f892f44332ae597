"""Train the model of a config. All work is in mmpose_lightkpt.runner."""

import argparse

from mmengine.config import DictAction

EXAMPLE = """example:
  python tools/train.py CONFIG --work-dir work_dirs/mine \\
      --cfg-options train_cfg.max_epochs=10 train_dataloader.batch_size=16
"""


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config file')
    work_dir = 'for checkpoints and logs (default: work_dirs/<config name>)'
    parser.add_argument('--work-dir', help=work_dir)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CKPT',
        help='go on from CKPT, or from the latest one in the work dir',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
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
    return parser.parse_args()


def main() -> None:
    """Parse, train, report what could not be run in one line."""
    args = parse_args()
    from mmpose_lightkpt.runner import UsageError, train

    try:
        train(**vars(args))
    except UsageError as error:
        raise SystemExit(f'error: {error}') from None


if __name__ == '__main__':
    main()
