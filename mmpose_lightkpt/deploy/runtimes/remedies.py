"""How to get what an engine lacks: its package, or its file in a bundle."""

import importlib
from types import ModuleType

from ..bundle import INT8_FILE, ONNX_FILE

PACKAGES = {
    'ncnn': 'mmpose_lightkpt[board]',
    'onnxruntime': 'onnxruntime',
    'openvino': 'openvino',
    'MNN': 'MNN',
    'onnx': 'onnx',
    'ai_edge_litert': 'ai-edge-litert',
}
"""Module -> what pip calls it."""
REMEDIES = {
    ONNX_FILE: 'tools/export_ncnn.py writes it with --onnx',
    INT8_FILE: 'tools/quantise_bundle.py makes it of model.onnx',
    'model.fp16.ncnn.bin': 'older bundles lack it: export again',
    'model.int8.ncnn.param': 'tools/quantise_bundle.py makes it with '
    '--ncnn-tools',
}
"""File of a bundle -> how it is made."""


def import_package(module: str) -> ModuleType:
    """Import a package that an engine needs, or a module of it.

    Raises:
        ImportError: it is not installed; the message says how to.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(missing(module.split('.')[0])) from error


def missing(module: str) -> str:
    """One line for a module that is not installed."""
    return f'{module} is not installed: pip install "{PACKAGES[module]}"'
