"""Draw a data set of toy people in COCO's format.

Example:
    python tools/make_toy_people.py data/toy_people --num-train 2000
"""

import argparse
import os
import sys
import time
from functools import partial

os.environ.setdefault('LIGHTKPT_REGISTER', '0')  # nothing here needs MMPose


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('out_dir', help='folder of the data set')
    shown = '(default: %(default)s)'
    add('--num-train', type=int, default=2000, help=f'pictures {shown}')
    add('--num-val', type=int, default=200, help=f'pictures {shown}')
    add('--seed', type=int, default=0, help=f'of all that is drawn {shown}')
    pixels = dict(nargs=2, metavar=('W', 'H'), help='in pixels (256 256)')
    add('--image-size', type=int, default=(256, 256), **pixels)
    add('--workers', type=int, default=os.cpu_count(), help='processes')
    return parser.parse_args()


def show(starts: dict, split: str, done: int, total: int) -> None:
    """Show how many pictures are done and the time left."""
    now = time.monotonic()
    start = starts.setdefault(split, now)
    if done % 20 and done != total:
        return
    left = (now - start) / done * (total - done)
    end = '\n' if done == total else ''
    line = f'\r{split}: {done}/{total} pictures, {left:3.0f} s left'
    print(line, end=end, flush=True)


def main() -> int:
    """Return 0 when done, 2 for wrong arguments, 1 when a write fails."""
    args = vars(parse_args())
    from mmpose_lightkpt.datasets.toy_people import make_toy_people

    try:
        make_toy_people(**args, progress=partial(show, {}))
    except (ValueError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    print(f'toy people are in {args["out_dir"]}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
