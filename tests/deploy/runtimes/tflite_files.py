"""A .tflite file with one 1x1 convolution, known to the last bit."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

SIZE = (7, 5)  # (w, h)
WEIGHT = np.random.default_rng(2).normal(size=(2, 3)).astype(np.float16)
_OP, _TYPE = schema.BuiltinOperator, schema.TensorType


def multiplied(x):
    """What the network makes of x (1, h, w, 3), without the batch axis."""
    return x[0] @ WEIGHT.T.astype(np.float32)


def tiny_tflite(weights='float32', shape=(1, 5, 7, 3), inputs=1):
    """Bytes of the file; float16 weights are dequantised by the graph."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.buffers = 3, [schema.BufferT()]
    model.operatorCodes, graph.tensors, graph.operators = [], [], []

    def tensor(shape, kind=_TYPE.FLOAT32, data=None):
        made = schema.TensorT()
        made.shape = [max(n, 1) for n in shape]
        made.shapeSignature = list(shape) if min(shape) < 0 else None
        made.name, made.type, made.buffer = b'tensor', kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            made.buffer = len(model.buffers)
            model.buffers.append(buffer)
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    def operator(code, inputs, output, options=None):
        op, kind = schema.OperatorT(), schema.OperatorCodeT()
        kind.builtinCode = kind.deprecatedBuiltinCode = code
        op.opcodeIndex = len(model.operatorCodes)
        model.operatorCodes.append(kind)
        op.inputs, op.outputs = inputs, [output]
        if options is not None:
            op.builtinOptions = options
            op.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
        graph.operators.append(op)
        return output

    x = [tensor(shape) for _ in range(inputs)]
    held = WEIGHT.astype(weights).reshape(2, 1, 1, 3)
    kind = getattr(_TYPE, weights.upper())
    weight = tensor(held.shape, kind, held)
    if weights == 'float16':
        weight = operator(_OP.DEQUANTIZE, [weight], tensor(held.shape))
    bias = tensor((2,), data=np.zeros(2, np.float32))
    options = schema.Conv2DOptionsT()
    options.strideH = options.strideW = 1
    options.dilationHFactor = options.dilationWFactor = 1
    out = tensor((*shape[:3], 2))
    operator(_OP.CONV_2D, [x[0], weight, bias], out, options)
    graph.inputs, graph.outputs = x, [out]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b'TFL3')
    return bytes(builder.Output())
