"""The engines by name; each is imported when it is asked for."""

import importlib
import importlib.util
from pathlib import Path
from typing import Dict, NamedTuple, Sequence, Tuple, Union

from ..bundle import INT8_FILE, ONNX_FILE
from ..spec import ModelSpec
from .base import Runtime
from .ncnn import FILES
from .remedies import import_package, missing

NCNN = 'ncnn'
"""The first of them: records from before the others came are of ncnn."""
LITERT = 'litert'
"""Runs ``.tflite`` files and no bundles, so nobody asks for it by name."""


class Engine(NamedTuple):
    """What is known of an engine without importing it."""

    package: str
    """The Python module that it is."""
    runtime: str
    """Class in the module of its name beside this one."""
    files: Dict[str, Tuple[str, ...]]
    """Precision -> files of a bundle that it reads."""


_ONNX = {'fp32': (ONNX_FILE,), 'int8': (INT8_FILE,)}
ENGINES: Dict[str, Engine] = {
    NCNN: Engine(
        'ncnn',
        'NcnnRuntime',
        FILES,
    ),
    'onnxruntime': Engine('onnxruntime', 'OnnxRuntime', _ONNX),
    'openvino': Engine('openvino', 'OpenVinoRuntime', _ONNX),
    'mnn': Engine('MNN', 'MnnRuntime', {'fp32': (ONNX_FILE,)}),
}
ALL_PRECISIONS = tuple(
    dict.fromkeys(p for engine in ENGINES.values() for p in engine.files)
)
"""Precisions that some engine has."""


def get_engine(name: str) -> Engine:
    """Look an engine up.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in ENGINES:
        raise ValueError(
            f'unknown runtime {name!r}; known are {list(ENGINES)}'
        )
    return ENGINES[name]


def check_installed(names: Sequence[str]) -> None:
    """Raise an ImportError that says how to install the first missing one.

    Nothing is imported.
    """
    for name in names:
        package = get_engine(name).package
        if importlib.util.find_spec(package) is None:
            raise ImportError(missing(package))


def warm_engine(name: str, folder: Union[str, Path]) -> None:
    """Do what is no part of loading a model: imports and conversions.

    Raises:
        ImportError: the engine is not installed.
        FileNotFoundError, ValueError: MNN cannot convert the bundle.
    """
    if name == LITERT:
        import_package('ai_edge_litert.interpreter')
        return
    import_package(get_engine(name).package)
    if name == 'mnn':
        from .mnn import prepare

        prepare(folder)


def open_runtime(
    name: str,
    folder: Union[str, Path],
    spec: ModelSpec,
    threads: int = 1,
    precision: str = 'fp32',
    zero_weights: bool = False,
) -> Runtime:
    """Load a bundle's network with an engine.

    Args:
        name: key of :data:`ENGINES`.
        folder: of the bundle.
        spec: the bundle's spec.
        threads: threads of one inference.
        precision: one of the engine's.
        zero_weights: see :class:`~.ncnn.NcnnRuntime`; ncnn's alone.

    Raises:
        ImportError: the engine is not installed.
        FileNotFoundError: the bundle lacks the engine's file.
        ValueError: no such engine or precision, the file cannot be loaded, or
            the engine computes with no weights but the file's.
    """
    engine = get_engine(name)
    if zero_weights and name != NCNN:
        raise ValueError(f'zero weights are for {NCNN} alone, not for {name}')
    module = importlib.import_module(f'.{name}', __package__)
    words = dict(zero_weights=True) if zero_weights else {}
    return getattr(module, engine.runtime)(
        folder, spec, threads, precision, **words
    )
