"""Time the decode of six people at 64 x 64 cells, 17 joints.

Example:
    python benchmarks/movenet_multi.py --out docs/results/movenet_multi.json
"""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Dict, List

import numpy as np
from timed import median_ms, utc_now

from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.functional import movenet_multi

SIDE, JOINTS = 64, 17
CENTERS = ((8, 10), (20, 40), (30, 15), (40, 50), (50, 20), (58, 44))
# Boxes (w, h) in cells: as six people in a picture have them, and the worst
# that can be, where each box is the whole frame.
BOXES = {
    'boxes of 10 x 25 cells': (10, 25),
    'boxes of 20 x 45 cells': (20, 45),
    'each box the frame': (2 * SIDE, 2 * SIDE),
}


def outputs(box, seed: int = 0) -> List[np.ndarray]:
    """Maps of one image with six clear centres."""
    rng = np.random.default_rng(seed)
    maps = [
        rng.random((1, channels, SIDE, SIDE), dtype=np.float32)
        for channels in (1, JOINTS, 2 * JOINTS, 2 * JOINTS, 2, 2)
    ]
    maps[0] *= 0.05
    for x, y in CENTERS:
        maps[0][0, 0, y, x] = 0.9
    maps[2] = (maps[2] - 0.5) * 20  # joints within ten cells
    maps[5][:] = np.reshape(box, (1, 2, 1, 1))
    return maps


def measure() -> Dict[str, float]:
    """Medians in milliseconds by case."""
    times = {}
    for name, box in BOXES.items():
        maps = outputs(box)
        (people,) = movenet_multi.decode_people(*maps)
        if len(people.keypoints) != len(CENTERS):
            raise SystemExit(f'{len(people.keypoints)} people instead of six')
        times[f'decode, six people, {name}'] = median_ms(
            lambda maps=maps: movenet_multi.decode_people(*maps), 500
        )
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    times = measure()
    for name, time_ms in times.items():
        print(f'{name:45s} {time_ms:9.3f} ms')
    if args.out:
        record = dict(
            kind='codec',
            command=shlex.join(['python', *sys.argv]),
            date=utc_now(),
            device=describe_device(),
            median_ms=times,
        )
        write_atomically(args.out, json.dumps(record, indent=2).encode())


if __name__ == '__main__':
    main()
