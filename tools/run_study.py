"""Train, test, export and time the rungs of a study, and report.

All work is in mmpose_lightkpt.study. What is done is not done again: a
stopped study goes on where it was. Example:

  python tools/run_study.py configs/studies/ladder_lsp.py --out ladder
"""

import argparse
import os
import signal
import sys
from pathlib import Path

os.environ.setdefault('LIGHTKPT_REGISTER', '0')  # its children register

from mmengine.config import DictAction  # noqa: E402

from mmpose_lightkpt.study import STEPS, run_study  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('path', metavar='STUDY', help='a file as in configs/studies/')
    add('--out', required=True, type=Path, help='folder of all it makes')
    only = "runs by name, or 'rungs' or 'ablations' (default: all)"
    add('--only', nargs='+', metavar='RUN', help=only)
    steps = f'some of {" ".join(STEPS)} (default: all)'
    add('--steps', nargs='+', choices=STEPS, default=STEPS, help=steps)
    add('--dry-run', action='store_true', help='only show what is to be done')
    add('--publish', type=Path, help='folder to copy the results to')
    change = dict(nargs='+', action=DictAction, metavar='KEY=VALUE')
    change['help'] = 'override settings of all configs'
    add('--cfg-options', dest='options', **change)
    return parser.parse_args()


def main() -> int:
    """Run it; 0 if all that was asked for is done."""
    args = parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        problems = run_study(
            **vars(args), say=lambda line: print(line, flush=True)
        )
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        print('interrupted; the same command goes on from here')
        return 130
    return int(bool(problems))


if __name__ == '__main__':
    sys.exit(main())
