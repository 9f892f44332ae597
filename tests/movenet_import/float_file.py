"""Google's int8 file as the float32 file that it was made from, nearly.

Nearly: its weights are those of the int8 file. TFLite's own interpreter then
runs the whole graph, decode and all, in float.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from float_graph import FloatGraph

FLOAT = schema.TensorType.FLOAT32


def float_file(content, exact=None):
    """Content of the float32 file; arguments are those of FloatGraph."""
    graph = FloatGraph(content, exact)
    model, same, kept = graph.model, {}, []
    for op, kind in zip(graph.graph.operators, graph.kinds):
        op.inputs = [same.get(number, number) for number in op.inputs]
        if kind in ('QUANTIZE', 'DEQUANTIZE'):
            same[op.outputs[0]] = op.inputs[0]
        else:
            kept.append(op)
    graph.graph.operators = kept
    graph.graph.outputs = [same.get(n, n) for n in graph.graph.outputs]
    for number, tensor in enumerate(graph.graph.tensors):
        if tensor.type == schema.TensorType.INT8:
            tensor.type = FLOAT
        tensor.quantization = None
        values = graph.constants.get(number)
        if values is not None and values.dtype == np.float64:
            tensor.type, tensor.buffer = FLOAT, len(model.buffers)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(
                values.astype(np.float32).tobytes(), np.uint8
            )
            model.buffers.append(buffer)
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b'TFL3')
    return bytes(builder.Output())
