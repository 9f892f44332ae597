"""A foreign Python with ncnn and numpy, unpacked into a folder.

Nothing is installed and nothing outside of the folder is changed: apt gets a
state of its own there, dpkg only unpacks, and pip fetches wheels for another
processor. Needs Debian or Ubuntu; half a minute and 100 MB an architecture.
"""

import getpass
import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

MIRROR = 'http://deb.debian.org/debian'
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
SOURCE = f'deb [signed-by={KEYRING}] {{mirror}} bookworm main\n'
PYTHON = 'sys/usr/bin/python3.11'
"""The foreign Python, below the folder."""
_PACKAGES = ('python3.11', 'libgomp1', 'libstdc++6')


class Architecture(NamedTuple):
    """What Debian, Python's wheels and qemu call one kind of processor."""

    debian: str
    machine: str
    """As ``platform.machine()`` there and the tags of wheels say."""
    qemu: str
    """Program that runs its binaries."""
    tags: Tuple[str, ...]
    """Of wheels. pip does not widen one, and the oldest alone would bring
    an old ncnn."""
    packages: Tuple[str, ...]
    """Of Debian."""
    wheels: Tuple[str, ...]
    """Besides ncnn."""
    cpu: str
    """qemu's name of a usual core."""


ARCHITECTURES: Dict[str, Architecture] = {
    'aarch64': Architecture(
        'arm64',
        'aarch64',
        'qemu-aarch64-static',
        ('manylinux_2_28', 'manylinux_2_27', 'manylinux2014'),
        _PACKAGES,
        ('numpy',),
        'cortex-a76',
    ),
    # There is no wheel of numpy for armv7: Debian's is taken.
    'armv7l': Architecture(
        'armhf',
        'armv7l',
        'qemu-arm-static',
        ('manylinux_2_31', 'manylinux2014'),
        (*_PACKAGES, 'python3-numpy'),
        (),
        'cortex-a7',
    ),
}


def find_missing(arch: Architecture) -> Optional[str]:
    """One line on what this machine lacks to unpack and run, else None."""
    remedies = {
        arch.qemu: 'apt-get install qemu-user-static',
        'apt-get': 'Debian or Ubuntu',
        'dpkg': 'Debian or Ubuntu',
        KEYRING: 'apt-get install debian-archive-keyring',
    }
    for name, remedy in remedies.items():
        if shutil.which(name) is None and not Path(name).is_file():
            return f'emulating {arch.machine} needs {name}: {remedy}'
    return None


def unpack(folder: Path, arch: Architecture, mirror: str = MIRROR) -> None:
    """Fill a folder, unless it holds all of it already.

    Args:
        folder: absolute; its ``sys``, ``site`` and ``apt`` are ours.
        arch: an entry of :data:`ARCHITECTURES`.
        mirror: of Debian.

    Raises:
        OSError: a tool is missing, or something cannot be fetched.
    """
    missing = find_missing(arch)
    if missing:
        raise OSError(missing)
    ncnn = importlib.metadata.version('ncnn')
    stamp = folder / 'ready'
    if stamp.is_file() and stamp.read_text() == ncnn:
        return
    stamp.unlink(missing_ok=True)
    for name in ('sys', 'site', 'apt'):
        shutil.rmtree(folder / name, ignore_errors=True)
    _unpack_packages(folder, arch, mirror)
    _unpack_wheels(folder, arch, ncnn)
    stamp.write_text(ncnn)


def _unpack_packages(folder: Path, arch: Architecture, mirror: str) -> None:
    for name in ('sys', 'apt/lists/partial', 'apt/cache/archives/partial'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # An empty status: apt believes that nothing is installed.
    (folder / 'apt' / 'status').touch()
    (folder / 'apt/sources.list').write_text(SOURCE.format(mirror=mirror))
    options = (
        f'APT::Architecture={arch.debian}',
        f'APT::Architectures={arch.debian}',
        f'Dir::Etc::SourceList={folder}/apt/sources.list',
        'Dir::Etc::SourceParts=/dev/null',
        f'Dir::State::Lists={folder}/apt/lists',
        f'Dir::State::Status={folder}/apt/status',
        f'Dir::Cache={folder}/apt/cache',
        'APT::Install-Recommends=0',
        'Acquire::Languages=none',
        'Debug::NoLocking=1',
        f'APT::Sandbox::User={getpass.getuser()}',
    )
    apt = ['apt-get', '-qq', *(w for o in options for w in ('-o', o))]
    _call([*apt, 'update'])
    _call([*apt, '-y', '--download-only', 'install', *arch.packages])
    for package in sorted((folder / 'apt/cache/archives').glob('*.deb')):
        _call(['dpkg', '-x', str(package), str(folder / 'sys')])


def _unpack_wheels(folder: Path, arch: Architecture, ncnn: str) -> None:
    """ncnn of the version here; what else it requires it does not import."""
    words = [sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps']
    words += ['--target', str(folder / 'site'), '--only-binary=:all:']
    words += ['--python-version', '3.11', '--implementation', 'cp']
    for tag in arch.tags:
        words += ['--platform', f'{tag}_{arch.machine}']
    _call([*words, f'ncnn=={ncnn}', *arch.wheels])


def _call(words: Sequence[str]) -> None:
    """Run a tool; what it said is only told when it fails."""
    done = subprocess.run(
        words, capture_output=True, text=True, errors='replace', check=False
    )
    if done.returncode:
        said: List[str] = done.stderr.strip().splitlines() or ['no message']
        raise OSError(
            f'{words[0]} ended with code {done.returncode}: {said[-1]}'
        )
