"""ONNX Runtime on the CPU: a peer of ncnn, in fp32 and in int8.

It reads ``model.onnx``, or ``model.int8.onnx`` with quantised weights and
activations; see :mod:`mmpose_lightkpt.deploy.int8`.
"""

from pathlib import Path
from typing import List, Union

import numpy as np

from ..bundle import INT8_FILE, ONNX_FILE
from ..spec import ModelSpec
from .checks import (
    check_file,
    check_input,
    check_names,
    check_options,
    check_outputs,
    output_names,
)
from .remedies import REMEDIES, import_package

FILES = {'fp32': ONNX_FILE, 'int8': INT8_FILE}
_WHO = 'OnnxRuntime'
_ERRORS_ONLY = 3  # of its log's levels


class OnnxRuntime:
    """A loaded ONNX network.

    Args:
        folder: bundle folder with ``model.onnx`` or ``model.int8.onnx``.
        spec: the bundle's spec.
        threads: threads of one inference.
        precision: 'fp32' or 'int8'.

    Raises:
        FileNotFoundError: the file of the precision is missing.
        ImportError: onnxruntime is not installed.
        ValueError: unknown precision, wrong threads, or a file that ONNX
            Runtime cannot load; the message names it.
    """

    def __init__(
        self,
        folder: Union[str, Path],
        spec: ModelSpec,
        threads: int = 1,
        precision: str = 'fp32',
    ) -> None:
        check_options(_WHO, threads, precision, list(FILES))
        path = Path(folder) / FILES[precision]
        check_file(path, REMEDIES[path.name])
        engine = import_package('onnxruntime')
        options = engine.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._session = engine.InferenceSession(
                str(path), options, providers=['CPUExecutionProvider']
            )
        except Exception as error:  # of a dozen classes of its own
            reason = ' '.join(str(error).split())
            raise ValueError(
                f'{path}: ONNX Runtime cannot load it: {reason}'
            ) from error
        check_names(
            path,
            spec,
            [node.name for node in self._session.get_inputs()],
            [node.name for node in self._session.get_outputs()],
        )
        self.spec = spec
        self.info = dict(
            runtime='onnxruntime',
            version=engine.__version__,
            threads=threads,
            precision=precision,
        )
        self._names = output_names(spec)

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input; see :class:`~.base.Runtime`."""
        check_input(_WHO, x, self.spec)
        found = self._session.run(self._names, {'in0': x[None]})
        outputs = [out[0] for out in found]
        check_outputs(_WHO, outputs, self.spec, self.info['precision'])
        return outputs
