"""Time the C++ header's MoveNet decode beside numpy's, on the same maps.

How much can be skipped depends on the maps. They are torch's of a bundle's
parity case and, as maps that say nothing, uniform noise of the same shapes.
That both find the same is what tests/deploy/cpp tell. Needs g++. Example:
    python benchmarks/cpp_decode.py exported/lightning --out cpp_decode.json
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from timed import median_ms, utc_now

import mmpose_lightkpt
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.parity_case import ParityCase
from mmpose_lightkpt.deploy.results import command_line, write_atomically
from mmpose_lightkpt.functional import movenet

HEADER = Path(mmpose_lightkpt.__file__).parent / 'deploy' / 'cpp'
SOURCE = Path(__file__).with_suffix('.cpp')
FLAGS = ('-std=c++11', '-O2')


def build(folder: Path) -> Path:
    """The compiled program, in ``folder``."""
    program = folder / 'decode'
    command = ['g++', *FLAGS, '-I', HEADER, SOURCE, '-o', program]
    subprocess.run(command, check=True)
    return program


def measure(program: Path, maps, rounds: int) -> dict:
    """Median ms of one image in C++ and in numpy.

    Args:
        program: what :func:`build` gives; the maps are written beside it.
        maps: centre, heatmap, regression and offset, (1, C, H, W) each.
        rounds: how many decodes are timed of each.
    """
    file = program.with_name('maps.bin')
    with open(file, 'wb') as out:
        for one in maps:
            np.array(one.shape[1:], np.int32).tofile(out)
            np.ascontiguousarray(one, np.float32).tofile(out)
    done = subprocess.run(
        [program, file, str(rounds)],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        'C++': float(done.stdout) / 1e3,
        'numpy': median_ms(lambda: movenet.decode(*maps), rounds),
    }


def noise_like(maps, seed: int) -> list:
    """Any cell may be a peak, and a joint anywhere in the frame or near it."""
    rng = np.random.default_rng(seed)
    reach = max(maps[2].shape[2:]) / 2
    bounds = [(0, 1), (0, 1), (-reach, reach), (-0.5, 0.5)]
    return [
        rng.uniform(*bound, one.shape).astype(np.float32)
        for bound, one in zip(bounds, maps)
    ]


def median_of(program: Path, images, rounds: int) -> dict:
    """The median over images of what :func:`measure` gives."""
    found = [measure(program, maps, rounds) for maps in images]
    return {
        name: float(np.median([one[name] for one in found]))
        for name in found[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('bundle', type=Path)
    parser.add_argument('--rounds', type=int, default=2000)
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    case = ParityCase.load(args.bundle)
    images = [
        [out[i : i + 1] for out in case.outputs]
        for i in range(len(case.outputs[0]))
    ]
    noises = [noise_like(maps, seed) for seed, maps in enumerate(images)]
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        times = median_of(program, images, args.rounds)
        noise = median_of(program, noises, args.rounds)
    for name in times:
        print(f'{name:6s} {times[name]:.4f} ms, of noise {noise[name]:.4f} ms')
    if args.out:
        record = dict(
            kind='cpp_decode',
            command=command_line('benchmarks/cpp_decode.py'),
            date=utc_now(),
            device=describe_device(),
            images=len(images),
            flags=FLAGS,
            median_ms=times,
            noise_median_ms=noise,
        )
        text = json.dumps(record, indent=2) + '\n'
        write_atomically(args.out, text.encode())


if __name__ == '__main__':
    main()
