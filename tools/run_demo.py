"""Run the whole line once, on people that are drawn: what `make demo` does.

All work is in mmpose_lightkpt.walkthrough. A stopped demo goes on where it
was. Example:

  python tools/run_demo.py --out work_dirs/demo
"""

import argparse
import sys
from pathlib import Path

from mmpose_lightkpt.walkthrough import StepError, run_demo


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/demo'),
        help='folder of data, training, model and pictures '
        '(default: %(default)s)',
    )
    parser.add_argument(
        '--num-train',
        type=int,
        default=3800,
        help='pictures to train on (default: %(default)s)',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        dest='options',
        metavar='KEY=VALUE',
        help='override settings of the training config',
    )
    return parser.parse_args()


def main() -> None:
    """Run it; tell in one line which step failed."""
    try:
        run_demo(
            **vars(parse_args()), say=lambda line: print(line, flush=True)
        )
    except (StepError, OSError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
