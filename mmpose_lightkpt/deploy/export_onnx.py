"""Write a network as ONNX, for the engines that ncnn is compared with.

Needs torch and the package onnx. torch's newer exporter needs onnxscript,
which the pinned stack lacks; the one that follows a trace does without, and
the shapes of these networks are fixed anyway.
"""

import contextlib
import warnings
from pathlib import Path
from typing import Any, Iterator, Tuple

import torch
from torch import nn
from torch.onnx import (
    register_custom_op_symbolic,
    symbolic_helper,
    unregister_custom_op_symbolic,
)

from .runtimes.remedies import import_package

OPSET = 17
"""Known to ONNX Runtime, OpenVINO and MNN alike, and of 2022, so that a
board's older wheel reads it too; int8 by channel needs 13."""
_SHUFFLE = 'aten::channel_shuffle'


def write_onnx(
    forward: nn.Module, input_size: Tuple[int, int], path: Path
) -> None:
    """Export a function of one image; the same weights give the same file.

    Args:
        forward: from (1, 3, h, w) float32 to a tuple of tensors; it is left
            in evaluation mode.
        input_size: (w, h) in pixels.
        path: file to write. Its input is in0, its outputs are out0, out1, ...

    Raises:
        ImportError: the package onnx is not installed.
        ValueError: torch cannot express a layer in ONNX; the message names it.
    """
    import_package('onnx')  # torch asks for it late and less clearly
    width, height = input_size
    x = torch.zeros(1, 3, height, width)
    # torch switches a module in training mode back to that when it is done,
    # and all that is inside with it.
    forward.eval()
    with torch.no_grad(), warnings.catch_warnings(), _channel_shuffle():
        warnings.simplefilter('ignore')  # that this exporter is the older one
        count = len(forward(x))
        try:
            torch.onnx.export(
                forward,
                (x,),
                str(path),
                dynamo=False,
                opset_version=OPSET,
                input_names=['in0'],
                output_names=[f'out{i}' for i in range(count)],
            )
        except torch.onnx.errors.OnnxExporterError as error:
            reason = ' '.join(str(error).split())
            raise ValueError(f'export: no ONNX of this: {reason}') from error


@contextlib.contextmanager
def _channel_shuffle() -> Iterator[None]:
    """Teach the exporter nn.ChannelShuffle, which it has no rule for."""
    register_custom_op_symbolic(_SHUFFLE, _shuffle, OPSET)
    try:
        yield
    finally:
        unregister_custom_op_symbolic(_SHUFFLE, OPSET)


@symbolic_helper.parse_args('v', 'i')
def _shuffle(graph: Any, x: Any, groups: int) -> Any:
    """(1, groups * c, h, w) -> (1, c * groups, h, w), by a transposition."""
    n, channels, height, width = symbolic_helper._get_tensor_sizes(x)

    def shaped(value: Any, *sizes: int) -> Any:
        shape = graph.op('Constant', value_t=torch.tensor(sizes))
        return graph.op('Reshape', value, shape)

    apart = shaped(x, n, groups, channels // groups, height, width)
    swapped = graph.op('Transpose', apart, perm_i=[0, 2, 1, 3, 4])
    return shaped(swapped, n, channels, height, width)
