"""A bundle folder: param, bin, spec and parity case of one model.

For other engines than ncnn it may hold the same network as ONNX, and that
quantised.
"""

import dataclasses
import hashlib
from pathlib import Path
from typing import Dict, Union

from .results import write_atomically
from .spec import ModelSpec

PARITY_FILE = 'parity.npz'
ONNX_FILE = 'model.onnx'
INT8_FILE = 'model.int8.onnx'
INT8_FACTS = 'model.int8.json'


def sha256(path: Union[str, Path]) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def open_bundle(folder: Union[str, Path]) -> ModelSpec:
    """Read a bundle's spec and check that its files are those it names.

    Nothing in the folder is executed or unpickled. ncnn itself would accept
    the weights of another network as long as there are enough of them.

    Raises:
        FileNotFoundError: the spec or a file it names is missing.
        ValueError: the spec is not valid, or a file is not the one that was
            exported (truncated in a copy, or from another model).
    """
    folder = Path(folder)
    spec = ModelSpec.load(folder)
    for name, digest in spec.sha256.items():
        path = folder / name
        if Path(name).name != name:
            raise ValueError(
                f'{folder}: the spec names {name!r}, which is '
                'not a file of the bundle'
            )
        if not path.is_file():
            raise FileNotFoundError(
                f'{path} does not exist, but the spec beside it names it'
            )
        if sha256(path) != digest:
            raise ValueError(
                f'{path} is not the file that was exported '
                '(its SHA-256 differs); copy the bundle again'
            )
    return spec


def add_files(folder: Union[str, Path], files: Dict[str, bytes]) -> None:
    """Put files into a bundle, or in place of older ones, and into its spec.

    Each is written whole or not at all, the spec last.

    Args:
        folder: of the bundle.
        files: name -> content.

    Raises:
        FileNotFoundError: there is no spec.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    spec = ModelSpec.load(folder)
    for name, content in files.items():
        write_atomically(folder / name, content)
    digests = {name: sha256(folder / name) for name in files}
    dataclasses.replace(spec, sha256={**spec.sha256, **digests}).save(folder)
