"""Time MoveNet's encode and decode against the per-pixel loops they replace.

Example:
    python benchmarks/movenet_codec.py --out docs/results/codec.json
"""

import argparse
import json
import shlex
import sys
from pathlib import Path

import numpy as np
from movenet_naive import naive_decode, naive_heatmaps
from timed import median_ms, utc_now

from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.functional import movenet
from mmpose_lightkpt.functional.movenet_targets import movenet_targets

GRID, JOINTS = (48, 48), 17


def two_people(rng: np.random.Generator):
    """Keypoints in cells, visibility and boxes of a 192x192 crop."""
    points = rng.uniform(4, 44, (2, JOINTS, 2))
    boxes = np.concatenate([points.min(1), points.max(1)], axis=1)
    return points, np.ones((2, JOINTS), bool), boxes


def random_outputs(rng: np.random.Generator, num: int):
    """Maps as a network might give them, (N, C, H, W)."""
    return [
        rng.random((num, channels, *GRID), dtype=np.float32)
        for channels in (1, JOINTS, 2 * JOINTS, 2 * JOINTS)
    ]


def measure() -> dict:
    """Medians in milliseconds; the naive form takes fewer rounds."""
    rng = np.random.default_rng(0)
    people = two_people(rng)
    one, batch = random_outputs(rng, 1), random_outputs(rng, 64)
    keypoints, _ = movenet.decode(*one)
    expected = naive_decode(*one)
    if not np.allclose(keypoints, expected, atol=1e-3):
        raise SystemExit('the naive decode disagrees: nothing is timed')
    return {
        'encode, two people': median_ms(
            lambda: movenet_targets(*people, GRID), 300
        ),
        'encode, two people, naive (heatmaps only)': median_ms(
            lambda: naive_heatmaps(*people[:2], GRID), 5
        ),
        'decode, one image': median_ms(lambda: movenet.decode(*one), 300),
        'decode, one image, naive': median_ms(lambda: naive_decode(*one), 5),
        'decode, batch of 64': median_ms(lambda: movenet.decode(*batch), 30),
    }


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
        command = shlex.join(['python', *sys.argv])
        record = dict(
            kind='codec',
            command=command,
            date=utc_now(),
            device=describe_device(),
            median_ms=times,
        )
        write_atomically(args.out, json.dumps(record, indent=2).encode())


if __name__ == '__main__':
    main()
