"""OpenVINO on the CPU: a peer of ncnn, in fp32 and in int8."""

from pathlib import Path
from typing import Any, Dict, List, Union

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
_WHO = 'OpenVinoRuntime'


class OpenVinoRuntime:
    """An ONNX network, compiled by OpenVINO.

    Args:
        folder: bundle folder with ``model.onnx`` or ``model.int8.onnx``.
        spec: the bundle's spec.
        threads: threads of one inference.
        precision: 'fp32' or 'int8'. What is not quantised computes in fp32;
            OpenVINO itself would take less where the processor has it.

    Raises:
        FileNotFoundError: the file of the precision is missing.
        ImportError: openvino is not installed.
        ValueError: unknown precision, wrong threads, or a file that OpenVINO
            cannot load; the message names it.
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
        engine = import_package('openvino')
        try:
            core = engine.Core()
            model = core.read_model(str(path))
            compiled = core.compile_model(model, 'CPU', settings(threads))
        except Exception as error:  # its own kinds are RuntimeErrors, mostly
            reason = ' '.join(str(error).split())
            raise ValueError(
                f'{path}: OpenVINO cannot load it: {reason}'
            ) from error
        check_names(
            path,
            spec,
            [port.get_any_name() for port in compiled.inputs],
            [port.get_any_name() for port in compiled.outputs],
        )
        self.spec = spec
        self.info = dict(
            runtime='openvino',
            version=engine.__version__.split('-')[0],
            threads=threads,
            precision=precision,
        )
        self._request = compiled.create_infer_request()
        self._names = output_names(spec)

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input; see :class:`~.base.Runtime`."""
        check_input(_WHO, x, self.spec)
        batch = np.ascontiguousarray(x[None])
        self._request.infer({'in0': batch}, share_inputs=True)
        # Copies: the request's own memory is written over by the next run.
        outputs = [
            self._request.get_tensor(name).data[0].copy()
            for name in self._names
        ]
        check_outputs(_WHO, outputs, self.spec, self.info['precision'])
        return outputs


def settings(threads: int) -> Dict[str, Any]:
    """OpenVINO's properties for one image at a time on so many threads.

    Cores are not pinned: whoever times binds the whole process.
    """
    return dict(
        PERFORMANCE_HINT='LATENCY',
        NUM_STREAMS=1,
        INFERENCE_NUM_THREADS=threads,
        INFERENCE_PRECISION_HINT='f32',
        ENABLE_CPU_PINNING=False,
    )
