"""Converting a traced network with the pnnx binary.

The binary is called directly: the Python wrapper of the pnnx package ignores
its exit code. An exit code of 0 still proves nothing, see :mod:`.loadable`.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
from pathlib import Path
from typing import NamedTuple, Optional, Tuple

_UNITS = dict(K=1e3, M=1e6, G=1e9, T=1e12)


class Conversion(NamedTuple):
    """What pnnx wrote and said.

    Attributes:
        param: path of the ncnn param file.
        bin: path of the ncnn weights.
        log: everything pnnx printed.
    """

    param: Path
    bin: Path
    log: str

    @property
    def macs(self) -> Optional[int]:
        """Half of pnnx's FLOPS, which count a product and a sum as two."""
        found = re.search(r'^FLOPS = ([\d.]+)([KMGT]?)\s*$', self.log, re.M)
        if not found:
            return None
        return round(float(found[1]) * _UNITS.get(found[2], 1) / 2)


def pnnx_version() -> str:
    """Version of the installed pnnx, which is a date.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.metadata.version('pnnx')
    except importlib.metadata.PackageNotFoundError as error:
        raise ImportError(
            'exporting needs pnnx: pip install --no-deps pnnx'
        ) from error


def find_binary() -> Path:
    """Path of the pnnx program inside of the pnnx package.

    Raises:
        ImportError: pnnx is not installed.
        FileNotFoundError: its package holds no program for this system.
    """
    pnnx_version()
    package = Path(importlib.util.find_spec('pnnx').origin).parent
    for name in ('pnnx', 'pnnx.exe'):
        if (package / name).is_file():
            return package / name
    raise FileNotFoundError(f'{package} holds no pnnx program; reinstall pnnx')


def convert(
    torchscript: Path,
    input_size: Tuple[int, int],
    fp16: bool = False,
    channels: int = 3,
) -> Conversion:
    """Convert a traced network to ncnn.

    Args:
        torchscript: file ``NAME.pt``; results are written beside it.
        input_size: ``(w, h)`` of the input in pixels.
        fp16: write the weights of convolutions and linear layers in half
            the bytes; the param file is the same.
        channels: of the input.

    Returns:
        The files and the log.

    Raises:
        ValueError: pnnx failed or wrote no ncnn files; carries the log.
    """
    width, height = input_size
    done = subprocess.run(
        [
            str(find_binary()),
            torchscript.name,
            f'inputshape=[1,{channels},{height},{width}]',
            f'fp16={int(fp16)}',
        ],
        cwd=torchscript.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
        check=False,
    )
    stem = torchscript.with_suffix('')
    result = Conversion(
        stem.with_suffix('.ncnn.param'),
        stem.with_suffix('.ncnn.bin'),
        done.stdout,
    )
    missing = [p.name for p in result[:2] if not p.is_file()]
    if done.returncode != 0 or missing:
        raise ValueError(
            f'pnnx failed with exit code {done.returncode}'
            + (f' and wrote no {missing}' if missing else '')
            + f'; the end of its log:\n{result.log[-2000:]}'
        )
    return result
