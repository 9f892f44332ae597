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
import dataclasses
import datetime
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

from mmpose_lightkpt.deploy import PosePipeline
from mmpose_lightkpt.deploy.parity import (
    ParityCase,
    ParityResult,
    measure_parity,
    parity_table,
)
from mmpose_lightkpt.deploy.results import command_line, write_atomically

HERE = Path(__file__).resolve()
QEMU = 'qemu-aarch64-static'
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
SOURCE = f'deb [signed-by={KEYRING}] {{mirror}} bookworm main\n'
PACKAGES = ('python3.11', 'libgomp1', 'libstdc++6')
# pip does not widen a tag, and the oldest alone would bring an old ncnn.
TAGS = ('manylinux_2_28', 'manylinux_2_27', 'manylinux2014')


def parse_args() -> argparse.Namespace:
    """Command line of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('bundles', nargs='+', type=Path)
    add('--root', type=Path, default='work_dirs/arm', help='of the ARM files')
    add('--cpu', default='cortex-a76', help="qemu's name; a76: Pi 5, RK3588")
    add('--precision', nargs='+', default=['fp32', 'fp16'])
    add('--crops', type=int, default=8, help='of each parity case')
    add('--mirror', default='http://deb.debian.org/debian', help='of Debian')
    add('--out', type=Path, help='write the results as JSON')
    add('--inside', action='store_true', help=argparse.SUPPRESS)
    return parser.parse_args()


def unpack_python(root: Path, mirror: str) -> None:
    """Unpack Debian's ARM Python below ``root``; nothing is installed."""
    for folder in ('sys', 'apt/lists/partial', 'apt/cache/archives/partial'):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / 'apt' / 'status').touch()
    (root / 'apt' / 'sources.list').write_text(SOURCE.format(mirror=mirror))
    options = (
        'APT::Architecture=arm64',
        'APT::Architectures=arm64',
        f'Dir::Etc::SourceList={root}/apt/sources.list',
        'Dir::Etc::SourceParts=/dev/null',
        f'Dir::State::Lists={root}/apt/lists',
        f'Dir::State::Status={root}/apt/status',
        f'Dir::Cache={root}/apt/cache',
        'APT::Install-Recommends=0',
        'Acquire::Languages=none',
        'Debug::NoLocking=1',
        f'APT::Sandbox::User={os.environ.get("USER", "root")}',
    )
    apt = ['apt-get', '-qq', *(w for o in options for w in ('-o', o))]
    subprocess.run([*apt, 'update'], check=True)
    words = [*apt, '-y', '--download-only', 'install', *PACKAGES]
    subprocess.run(words, check=True)
    for package in sorted((root / 'apt/cache/archives').glob('*.deb')):
        subprocess.run(['dpkg', '-x', package, root / 'sys'], check=True)


def unpack_wheels(root: Path) -> None:
    """Unpack numpy's and ncnn's ARM wheels, ncnn of the version here."""
    ncnn = importlib.metadata.version('ncnn')
    words = [sys.executable, '-m', 'pip', 'install', '--quiet']
    words += ['--target', root / 'site', '--only-binary=:all:']
    words += ['--python-version', '3.11', '--implementation', 'cp']
    for tag in TAGS:
        words += ['--platform', f'{tag}_aarch64']
    subprocess.run([*words, f'ncnn=={ncnn}', 'numpy'], check=True)


def run_inside(args: argparse.Namespace) -> list:
    """Run this script in the emulated Python; return its JSON."""
    root = args.root.resolve()
    if not (root / 'sys/usr/bin/python3.11').exists():
        unpack_python(root, args.mirror)
    if not (root / 'site/ncnn').exists():
        unpack_wheels(root)
    environment = dict(
        os.environ,
        LIGHTKPT_REGISTER='0',
        QEMU_CPU=args.cpu,
        QEMU_LD_PREFIX=str(root / 'sys'),
        PYTHONHOME=str(root / 'sys/usr'),
        PYTHONPATH=os.pathsep.join([str(root / 'site'), str(HERE.parents[1])]),
    )
    words = [QEMU, root / 'sys/usr/bin/python3.11', '-S', HERE, '--inside']
    words += ['--crops', str(args.crops), '--precision', *args.precision]
    done = subprocess.run(
        [*words, '--', *(bundle.resolve() for bundle in args.bundles)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def qemu_version() -> str:
    """As it says itself: 'qemu-aarch64 version 7.2.15 (...)'."""
    words = [QEMU, '--version']
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def measure(args: argparse.Namespace) -> list:
    """Parity of each bundle in each precision, on the processor at hand."""
    results = []
    for bundle in args.bundles:
        case = ParityCase.load(bundle)
        count = args.crops
        case = dataclasses.replace(
            case,
            crops=case.crops[:count],
            keypoints=case.keypoints[:count],
            scores=case.scores[:count],
            margins=case.margins[:count],
        )
        for precision in args.precision:
            pipeline = PosePipeline.from_bundle(bundle, 1, precision)
            results.append(measure_parity(pipeline, case).to_dict())
            sys.stderr.write(f'{bundle.name} in {precision} done\n')
    return results


def main() -> int:
    """Print a table per bundle; 0 when all are within their bounds."""
    args = parse_args()
    if args.inside:
        print(json.dumps(measure(args)))
        return 0
    found = run_inside(args)
    names = dict.fromkeys(result['name'] for result in found)
    for name in names:
        own = [ParityResult(**r) for r in found if r['name'] == name]
        print(f'\n{name} on an emulated {args.cpu}\n\n{parity_table(own)}')
    if args.out:
        record = dict(
            command=command_line('benchmarks/arm_emulation.py'),
            date=datetime.date.today().isoformat(),
            cpu=args.cpu,
            versions=dict(
                ncnn=importlib.metadata.version('ncnn'), qemu=qemu_version()
            ),
            results=found,
        )
        write_atomically(
            args.out, (json.dumps(record, indent=2) + '\n').encode()
        )
    return int(not all(result['passed'] for result in found))


if __name__ == '__main__':
    sys.exit(main())
