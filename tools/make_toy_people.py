#!/usr/bin/env python
"""Draw a data set of toy people in COCO's format.

Example:
    python tools/make_toy_people.py data/toy_people --num-train 2000
"""

import argparse
import os
import sys
import time

os.environ.setdefault('LIGHTKPT_REGISTER', '0')  # nothing here needs MMPose


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out_dir', help='folder of the data set')
    parser.add_argument('--num-train', type=int, default=2000)
    parser.add_argument('--num-val', type=int, default=200)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--image-size', type=int, nargs=2,
                        default=(256, 256), metavar=('W', 'H'))
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1,
                        help='processes; the files do not depend on it')
    return parser.parse_args()


def show_progress(start: float):
    def show(split: str, done: int, total: int) -> None:
        if done % 20 and done != total:
            return
        left = (time.monotonic() - start) / done * (total - done)
        end = '\n' if done == total else ''
        print(f'\r{split}: {done}/{total} pictures, {left:3.0f} s left',
              end=end, flush=True)
    return show


def main() -> int:
    args = parse_args()
    from mmpose_lightkpt.datasets.toy_people import make_toy_people
    try:
        make_toy_people(args.out_dir, args.num_train, args.num_val,
                        args.seed, tuple(args.image_size), args.workers,
                        show_progress(time.monotonic()))
    except ValueError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    print(f'toy people are in {args.out_dir}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
