"""Crops and what torch made of them, recorded once, at export."""

import dataclasses
import os
from pathlib import Path
from typing import Tuple, Union

import numpy as np

from .bundle import PARITY_FILE


@dataclasses.dataclass(frozen=True)
class ParityCase:
    """Crops and what torch made of them.

    Args:
        crops: (N, h, w, 3) uint8 BGR, of the network's input size.
        outputs: torch's outputs on the first M <= N crops, each (M, ...).
        keypoints: (N, K, 2) decoded from torch's outputs, px of the crop; for
            K read M K where the decoder has slots for M people.
        scores: (N, K).
        margins: (N, K) lead of the best answer over the second best.
        source: where the crops are from.
    """

    crops: np.ndarray
    outputs: Tuple[np.ndarray, ...]
    keypoints: np.ndarray
    scores: np.ndarray
    margins: np.ndarray
    source: str

    def first(self, count: int) -> 'ParityCase':
        """The same case with its first ``count`` crops alone.

        Raises:
            ValueError: ``count`` is below 1.
        """
        if count < 1:
            raise ValueError(f'ParityCase: crops must be >= 1, got {count}')
        per_crop = ('crops', 'keypoints', 'scores', 'margins')
        return dataclasses.replace(
            self, **{name: getattr(self, name)[:count] for name in per_crop}
        )

    def save(self, folder: Union[str, Path]) -> Path:
        """Write ``parity.npz``, whole or not at all."""
        path = Path(folder) / PARITY_FILE
        partial = path.with_name(f'.{os.getpid()}.{PARITY_FILE}')
        arrays = {f'out{i}': out for i, out in enumerate(self.outputs)}
        for name in ('crops', 'keypoints', 'scores', 'margins'):
            arrays[name] = getattr(self, name)
        try:
            np.savez_compressed(
                partial, source=np.array(self.source), **arrays
            )
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path

    @classmethod
    def load(cls, folder: Union[str, Path]) -> 'ParityCase':
        """Read ``parity.npz`` from a bundle folder; unpickles nothing.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is damaged; the message names it.
        """
        path = Path(folder) / PARITY_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f'{path} does not exist: without it nobody knows whether the '
                'model computes the right thing here; export again'
            )
        try:
            with np.load(path, allow_pickle=False) as file:
                data = dict(file)
            count = sum(name.startswith('out') for name in data)
            return cls(
                outputs=tuple(data.pop(f'out{i}') for i in range(count)),
                source=str(data.pop('source')),
                **data,
            )
        except Exception as error:  # zipfile and zlib have their own kinds
            raise ValueError(f'{path}: not a parity case: {error}') from error
