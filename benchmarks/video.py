"""Time what following people through a video adds to each frame.

Example:
    python benchmarks/video.py --out docs/results/video.json
"""

import argparse
import itertools
import json
import shlex
import sys
from pathlib import Path
from typing import Callable

import numpy as np
from timed import median_ms, utc_now

from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.follow import PersonFollower
from mmpose_lightkpt.deploy.keypoint_filter import KeypointFilter
from mmpose_lightkpt.deploy.people import PeopleFollower
from mmpose_lightkpt.deploy.pose_tracker import PoseTracker
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.functional.oks import COCO_SIGMAS

SIZE, FPS, PEOPLE, ROUNDS = (1280, 720), 30, 6, 3000
NAMES = ['nose'] + [
    f'{side}_{joint}'
    for joint in list(COCO_SIGMAS)[1:]
    for side in ('left', 'right')
]


def walk(rng: np.random.Generator) -> np.ndarray:
    """(T, P, K, 2): two seconds of people who walk to and fro, with noise."""
    shapes = rng.uniform((-40, -90), (40, 90), (PEOPLE, len(NAMES), 2))
    seconds = np.arange(2 * FPS)[:, None] / FPS
    x = 200 * np.arange(PEOPLE) + 100 + 40 * np.sin(np.pi * seconds)
    places = np.stack([x, np.full_like(x, 360)], axis=-1)[:, :, None]
    noise = rng.normal(0, 1, (len(seconds), *shapes.shape))
    return (shapes + places + noise).astype(np.float32)


def frame_by_frame(
    poses: np.ndarray, step: Callable[[np.ndarray, float], object]
) -> Callable[[], object]:
    """A function that takes the next frame each time it is called."""
    frames = itertools.cycle(poses)
    count = itertools.count()
    return lambda: step(next(frames), next(count) / FPS)


def measure() -> dict:
    """Medians in milliseconds; every function must find who is there."""
    people = walk(np.random.default_rng(0))
    scores = np.full(people.shape[1:3], 0.8, np.float32)
    crop = PersonFollower(NAMES, smooth=False)
    smooth = KeypointFilter()
    both = PersonFollower(NAMES)
    tracker = PoseTracker(NAMES)
    crowd = PeopleFollower(NAMES)

    def follow(follower: PersonFollower, pose: np.ndarray, time_s: float):
        follower.crop(SIZE)
        return follower.update(pose, scores[0], SIZE, time_s)

    one = people[:, 0]
    times = {
        'one person: smart crop': frame_by_frame(
            one, lambda pose, t: follow(crop, pose, t)
        ),
        'one person: filter': frame_by_frame(
            one, lambda pose, t: smooth(pose, SIZE, t)
        ),
        'one person: smart crop and filter': frame_by_frame(
            one, lambda pose, t: follow(both, pose, t)
        ),
        'six people: tracker': frame_by_frame(
            people, lambda poses, t: tracker.update(poses, scores, t)
        ),
        'six people: tracker and filters': frame_by_frame(
            people, lambda poses, t: crowd.update(poses, scores, SIZE, t)
        ),
    }
    measured = {name: median_ms(f, ROUNDS) for name, f in times.items()}
    kept = {track.number for track in crowd.tracker.tracks}
    x1, _, x2, _ = both.crop(SIZE)
    if kept != set(range(1, PEOPLE + 1)) or x2 - x1 > SIZE[0] / 2:
        raise SystemExit('somebody was lost: no time is shown')
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    times = measure()
    for name, time_ms in times.items():
        print(f'{name:40s} {time_ms:8.4f} ms')
    if args.out:
        record = dict(
            kind='video',
            command=shlex.join(['python', *sys.argv]),
            date=utc_now(),
            device=describe_device(),
            median_ms=times,
        )
        write_atomically(args.out, json.dumps(record, indent=2).encode())


if __name__ == '__main__':
    main()
