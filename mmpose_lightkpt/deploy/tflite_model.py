"""A ``.tflite`` file as something to time: forwarded on noise, no more.

Without a spec there is nothing to pre-process by, to decode by or to compare
with, so a row of such a file has a forward time alone. Its facts are read in
a process of their own: a damaged file may end the one that opens it.

``python -m mmpose_lightkpt.deploy.tflite_model FILE`` is that process.
"""

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Tuple, Union

import numpy as np

from .runtimes.base import Runtime
from .runtimes.litert import LiteRtRuntime, TfliteFacts, read_facts
from .worker_process import claim_stdout, worker_environment

SUFFIX = '.tflite'


def is_tflite(path: Union[str, Path]) -> bool:
    """Whether a path is meant as a ``.tflite`` file."""
    return Path(path).suffix == SUFFIX


@functools.cache
def tflite_facts(file: Path) -> TfliteFacts:
    """What a file holds, asked once for each.

    Raises:
        ValueError: there is no such file, LiteRT is not installed or cannot
            load it; one line that names the reason.
    """
    done = subprocess.run(
        [sys.executable, '-m', __name__, str(file)],
        env=worker_environment(),
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        answer = dict(error=f'{file}: LiteRT crashed (code {done.returncode})')
    if 'error' in answer:
        raise ValueError(answer['error'])
    return TfliteFacts(answer['precision'], tuple(answer['input_size']))


class ForwardAlone:
    """Steps of a pipeline, of which the forward pass alone does anything.

    Args:
        runtime: has ``input_shape`` and ``input_dtype``.
    """

    def __init__(self, runtime: LiteRtRuntime) -> None:
        self.runtime: Runtime = runtime
        self._noise = noise(runtime.input_shape, runtime.input_dtype)

    @classmethod
    def from_file(
        cls, file: Union[str, Path], threads: int = 1, precision: str = ''
    ) -> 'ForwardAlone':
        """Open a ``.tflite`` file; see :class:`.LiteRtRuntime`."""
        return cls(LiteRtRuntime(file, threads, precision))

    def preprocess(self, image: Any, box: Any = None) -> Tuple[Any, None]:
        """Return the same noise for every image, and no map."""
        return self._noise, None

    def forward(self, x: np.ndarray) -> List[np.ndarray]:
        """Noise -> the network's outputs."""
        return self.runtime.run(x)

    def decode(self, outputs: Any, warp: None) -> None:
        """Do nothing: nobody knows what the outputs mean."""

    def __call__(self, image: Any, box: Any = None) -> None:
        """Forward once."""
        self.forward(self._noise)


def noise(shape: Tuple[int, ...], dtype: Any) -> np.ndarray:
    """Seeded noise: 0 to 1 of a float type, else as a picture's bytes."""
    draw = np.random.default_rng(0)
    if np.dtype(dtype).kind == 'f':
        return draw.random(shape, dtype=dtype)
    low = -128 if np.dtype(dtype) == np.int8 else 0
    return draw.integers(low, low + 256, shape, dtype=dtype)


def main() -> int:
    """Print the facts of a file as JSON, or why there are none."""
    answers = claim_stdout()
    try:
        answer = read_facts(sys.argv[1])._asdict()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        answer = dict(error=str(error) or type(error).__name__)
    answers.write(json.dumps(answer) + '\n')
    answers.flush()
    return int('error' in answer)


if __name__ == '__main__':
    sys.exit(main())
