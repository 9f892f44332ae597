"""Time the C++ header's MoveNet decode beside numpy's, on the same maps.

The maps are torch's of a bundle's parity case, for how much can be skipped
depends on them. That both find the same is what tests/deploy/cpp tell. Needs
g++. Example:
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


def measure(maps, rounds: int) -> dict:
    """Median ms of one image in C++ and in numpy.

    Args:
        maps: centre, heatmap, regression and offset, (1, C, H, W) each.
        rounds: how many decodes are timed of each.
    """
    with tempfile.TemporaryDirectory() as work:
        program, file = Path(work) / 'decode', Path(work) / 'maps.bin'
        build = ['g++', *FLAGS, '-I', HEADER, SOURCE, '-o', program]
        subprocess.run(build, check=True)
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
    per_image = [
        measure([out[i : i + 1] for out in case.outputs], args.rounds)
        for i in range(len(case.outputs[0]))
    ]
    times = {
        name: float(np.median([found[name] for found in per_image]))
        for name in per_image[0]
    }
    for name, time_ms in times.items():
        print(f'{name:6s} {time_ms:.4f} ms')
    if args.out:
        record = dict(
            kind='cpp_decode',
            command=command_line('benchmarks/cpp_decode.py'),
            date=utc_now(),
            device=describe_device(),
            images=len(per_image),
            flags=FLAGS,
            median_ms=times,
        )
        text = json.dumps(record, indent=2) + '\n'
        write_atomically(args.out, text.encode())


if __name__ == '__main__':
    main()
