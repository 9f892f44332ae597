"""A bundle folder: param, bin, spec and parity case of one model."""

import hashlib
from pathlib import Path
from typing import Union

from .spec import ModelSpec

PARITY_FILE = 'parity.npz'


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
