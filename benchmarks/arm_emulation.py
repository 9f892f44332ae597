"""How far fp16 moves the keypoints of bundles on an emulated ARM processor.

x86 computes in fp32 whatever it is told, so parity there says nothing about
boards. Here ncnn's ARM code runs under qemu-user: right in its numbers, and
of no meaning in its times, which are not even shown. Example:
    python benchmarks/arm_emulation.py BUNDLE... --root /tmp/arm --out a.json

The first run unpacks an ARM Python and the ARM wheels of numpy and of the
ncnn installed here into --root, half a minute and 100 MB. Needs Debian or
Ubuntu with `apt-get install qemu-user-static`, and nothing else from root.
"""

import argparse
import datetime
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import List

from mmpose_lightkpt.deploy import PRECISIONS
from mmpose_lightkpt.deploy.arm_system import ARCHITECTURES, MIRROR
from mmpose_lightkpt.deploy.emulated_python import EmulatedPython
from mmpose_lightkpt.deploy.parity import ParityResult, parity_table
from mmpose_lightkpt.deploy.results import command_line, write_atomically


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('bundles', nargs='+', type=Path)
    add('--root', type=Path, default='work_dirs/arm', help='of the ARM files')
    add('--machine', choices=list(ARCHITECTURES), default='aarch64')
    add('--cpu', help="qemu's name (cortex-a76, as in a Pi 5, or cortex-a7)")
    choices = list(PRECISIONS)
    add('--precision', nargs='+', choices=choices, default=['fp32', 'fp16'])
    add('--crops', type=int, default=8, help='of each parity case')
    add('--mirror', default=MIRROR, help='of Debian')
    add('--out', type=Path, help='write the results as JSON')
    return parser.parse_args()


def save(path: Path, python: EmulatedPython, found: List[ParityResult]):
    """Write the results and what they depend on."""
    record = dict(
        command=command_line('benchmarks/arm_emulation.py'),
        date=datetime.date.today().isoformat(),
        cpu=python.cpu,
        versions=dict(
            ncnn=importlib.metadata.version('ncnn'),
            qemu=python.qemu_version(),
        ),
        results=[result.to_dict() for result in found],
    )
    write_atomically(path, (json.dumps(record, indent=2) + '\n').encode())


def main() -> int:
    """Print a table per bundle; 0 when all are within their bounds."""
    args = parse_args()
    python = EmulatedPython(args.root, args.machine, args.cpu)
    found: List[ParityResult] = []
    try:
        python.prepare(args.mirror)
        for bundle in args.bundles:
            found += python.measure_parity(
                [bundle], args.precision, args.crops
            )
            sys.stderr.write(f'{bundle.name} done\n')
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
    for name in dict.fromkeys(result.name for result in found):
        own = [result for result in found if result.name == name]
        print(f'\n{name} on an emulated {python.cpu}\n\n{parity_table(own)}')
    if args.out:
        save(args.out, python, found)
    return int(not all(result.passed for result in found))


if __name__ == '__main__':
    sys.exit(main())
