"""MNN on the CPU: a peer of ncnn, in fp32.

MNN reads a format of its own. Its pip package brings the converter, so the
bundle's ``model.onnx`` is converted by the MNN that will run it, once in a
process and before anything is timed.
"""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, Union

import numpy as np

from ..bundle import ONNX_FILE
from ..spec import ModelSpec
from .checks import (
    check_file,
    check_input,
    check_options,
    check_outputs,
    output_names,
)
from .remedies import REMEDIES, import_package

FILES = {'fp32': ONNX_FILE}
_WHO = 'MnnRuntime'
# The module below MNN.tools.mnnconvert, which itself would report each
# conversion to its maker over the network.
_CONVERT = (
    'import sys, _tools; _tools.mnnconvert(["mnnconvert", "-f", "ONNX", '
    '"--modelFile", sys.argv[1], "--MNNModel", sys.argv[2], '
    '"--bizCode", "lightkpt"])'
)


class MnnRuntime:
    """An ONNX network, converted to MNN and loaded.

    Args:
        folder: bundle folder with ``model.onnx``.
        spec: the bundle's spec.
        threads: threads of one inference.
        precision: 'fp32', which is MNN's precision 'high'.

    Raises:
        FileNotFoundError: ``model.onnx`` is missing.
        ImportError: MNN is not installed.
        ValueError: unknown precision, wrong threads, or a file that MNN
            cannot convert; the message names it.
    """

    def __init__(
        self,
        folder: Union[str, Path],
        spec: ModelSpec,
        threads: int = 1,
        precision: str = 'fp32',
    ) -> None:
        check_options(_WHO, threads, precision, list(FILES))
        engine = import_package('MNN')
        converted = prepare(folder)
        manager = engine.nn.create_runtime_manager(
            (dict(backend='CPU', precision='high', numThread=threads),)
        )
        self._module = engine.nn.load_module_from_file(
            str(converted),
            ['in0'],
            output_names(spec),
            runtime_manager=manager,
        )
        self.spec = spec
        self.info = dict(
            runtime='mnn',
            version=engine.version(),
            threads=threads,
            precision=precision,
        )
        self._expr = engine.expr

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input; see :class:`~.base.Runtime`."""
        check_input(_WHO, x, self.spec)
        batch = np.ascontiguousarray(x[None])
        variable = self._expr.const(batch, batch.shape, self._expr.NCHW)
        outputs = [
            np.array(out.read(), np.float32)[0]
            for out in self._module.forward([variable])
        ]
        check_outputs(_WHO, outputs, self.spec, self.info['precision'])
        return outputs


def prepare(folder: Union[str, Path]) -> Path:
    """Convert a bundle's ``model.onnx``, unless this process did so before.

    Returns:
        The converted file; it is deleted when the process ends.

    Raises:
        FileNotFoundError: the bundle has no ``model.onnx``.
        ValueError: MNN cannot convert it; the message holds its last words.
    """
    path = Path(folder) / ONNX_FILE
    check_file(path, REMEDIES[path.name])
    return Path(_converted(path, path.stat().st_mtime_ns).name) / 'model.mnn'


@functools.cache
def _converted(path: Path, _: int) -> tempfile.TemporaryDirectory:
    """A folder with the file; it lives as long as the cache does."""
    folder = tempfile.TemporaryDirectory(prefix='lightkpt-mnn-')
    target = Path(folder.name) / 'model.mnn'
    done = subprocess.run(
        [sys.executable, '-c', _CONVERT, str(path), str(target)],
        capture_output=True,
        text=True,
        errors='replace',
        check=False,
    )
    if done.returncode or not target.is_file():
        said = (done.stdout + done.stderr).strip().splitlines()
        raise ValueError(
            f'{path}: MNN cannot convert it (exit code {done.returncode}): '
            + ' | '.join(said[-3:])
        )
    return folder
