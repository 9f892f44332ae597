"""A board's Python without the board: ncnn's ARM code under qemu-user.

x86 computes in fp32 whatever it is told, so parity there says nothing about
boards. Emulated, numbers are right and times mean nothing. The Python sees
numpy, ncnn and this package, and nothing else: as on a board.

Example:
    >>> python = EmulatedPython('work_dirs/arm')  # doctest: +SKIP
    >>> python.prepare()  # doctest: +SKIP
    >>> python.run('-m', 'mmpose_lightkpt.benchmark', 'b')  # doctest: +SKIP
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Union

from .arm_system import ARCHITECTURES, MIRROR, PYTHON, find_missing, unpack
from .parity import ParityResult

_PACKAGE = Path(__file__).resolve().parents[2]
# Debian's numpy finds its linear algebra in these.
_BLAS = 'sys/usr/lib/arm-linux-gnueabihf'
# What would lead the emulated Python to modules of this machine.
_HIDDEN = ('PYTHONHOME', 'PYTHONPATH', 'VIRTUAL_ENV', 'LD_LIBRARY_PATH')


class EmulatedPython:
    """Python 3.11 of another processor, with numpy and ncnn.

    Args:
        root: folder of the unpacked files, shared by all architectures.
        machine: a key of :data:`~.arm_system.ARCHITECTURES`.
        cpu: qemu's name of a core; a usual one by default.

    Attributes:
        missing: one line on what this machine lacks for it, or None.
        path: the program, to be run with :meth:`environment`.

    Raises:
        ValueError: no such architecture.
    """

    def __init__(
        self,
        root: Union[str, Path],
        machine: str = 'aarch64',
        cpu: Optional[str] = None,
    ) -> None:
        if machine not in ARCHITECTURES:
            raise ValueError(
                f'EmulatedPython: unknown machine {machine!r}; known are '
                f'{list(ARCHITECTURES)}'
            )
        self._arch = ARCHITECTURES[machine]
        self._folder = Path(root).resolve() / machine
        self.cpu = cpu or self._arch.cpu
        self.missing = find_missing(self._arch)
        self.path = self._folder / 'python'

    def prepare(self, mirror: str = MIRROR) -> None:
        """Unpack what is not there yet; see :func:`~.arm_system.unpack`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unpack(self._folder, self._arch, mirror)
        # A script, which the system can start as a process of its own: the
        # benchmark starts workers by the name of its own program, "$0".
        self.path.write_text(
            f'#!/bin/sh\nexec {self._arch.qemu} -0 "$0" '
            f'"{self._folder / PYTHON}" -S "$@"\n'
        )
        self.path.chmod(0o755)

    def environment(self) -> Dict[str, str]:
        """Variables of the emulated process."""
        usr = self._folder / 'sys/usr'
        modules = [self._folder / 'site', usr / 'lib/python3/dist-packages']
        blas = [self._folder / _BLAS / name for name in ('blas', 'lapack')]
        own = {k: v for k, v in os.environ.items() if k not in _HIDDEN}
        return dict(
            own,
            QEMU_CPU=self.cpu,
            QEMU_LD_PREFIX=str(self._folder / 'sys'),
            QEMU_SET_ENV=f'LD_LIBRARY_PATH={":".join(map(str, blas))}',
            PYTHONHOME=str(usr),
            PYTHONPATH=':'.join(map(str, [*modules, _PACKAGE])),
        )

    def run(self, *words: Union[str, Path]) -> subprocess.CompletedProcess:
        """Run the emulated Python; output and errors are kept as text."""
        return subprocess.run(
            [str(word) for word in (self.path, *words)],
            env=self.environment(),
            capture_output=True,
            text=True,
            errors='replace',
            check=False,
        )

    def measure_parity(
        self, bundles: Sequence[Path], precisions: Sequence[str], crops: int
    ) -> List[ParityResult]:
        """Measure bundles there; see :mod:`.parity_worker`.

        Raises:
            ValueError: it ended without an answer; the message is its last.
        """
        request = dict(
            bundles=[str(Path(bundle).resolve()) for bundle in bundles],
            precisions=list(precisions),
            crops=crops,
        )
        module = f'{__package__}.parity_worker'
        done = self.run('-m', module, json.dumps(request))
        if done.returncode:
            said = done.stderr.strip().splitlines() or ['no message']
            raise ValueError(
                f'the emulated {self.cpu} ended with code '
                f'{done.returncode}: {said[-1]}'
            )
        answer = json.loads(done.stdout.splitlines()[-1])
        return [ParityResult(**result) for result in answer]

    def qemu_version(self) -> str:
        """As it says itself: 'qemu-aarch64 version 7.2.15 (...)'."""
        words = [self._arch.qemu, '--version']
        said = subprocess.run(
            words, capture_output=True, text=True, check=True
        )
        return said.stdout.splitlines()[0]
