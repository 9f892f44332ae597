"""Run a TFLite graph in float64, operator by operator, as the file has them.

A second opinion on an import, down to Google's argmax and gathers: it shares
no line with the package and knows of no MoveNet, no layer and no decode.
Constants are dequantised; what rounds between operators in an int8 file
(QUANTIZE, DEQUANTIZE) passes values on as they are.
"""

import numpy as np
import torch
import torch.nn.functional as F
from ai_edge_litert import schema_py_generated as schema

DTYPES = dict(
    FLOAT32=np.float32,
    FLOAT16=np.float16,
    INT8=np.int8,
    UINT8=np.uint8,
    INT32=np.int32,
)


class FloatGraph:
    """The one subgraph of a file.

    Args:
        content: of the file.
        exact: constants by tensor number, to stand in for the file's own.
    """

    def __init__(self, content, exact=None):
        self.model = schema.ModelT.InitFromPackedBuf(content)
        (self.graph,) = self.model.subgraphs
        self.kinds = [
            name_of(schema.BuiltinOperator, self._code(op))
            for op in self.graph.operators
        ]
        self.constants = {
            number: self._constant(tensor)
            for number, tensor in enumerate(self.graph.tensors)
            if self._data(tensor) is not None
        }
        self.constants.update(exact or {})

    def __call__(self, image):
        """(1, H, W, 3) RGB, 0 to 255, to the graph's one output."""
        values = dict(self.constants)
        values[self.graph.inputs[0]] = image.astype(np.float64)
        for op, kind in zip(self.graph.operators, self.kinds):
            inputs = [values[number] for number in op.inputs]
            found = OPERATORS[kind](op.builtinOptions, *inputs)
            outputs = found if isinstance(found, list) else [found]
            values.update(zip(op.outputs, outputs))
        return values[self.graph.outputs[0]]

    def _code(self, op):
        code = self.model.operatorCodes[op.opcodeIndex]
        return max(code.builtinCode, code.deprecatedBuiltinCode)

    def _data(self, tensor):
        data = self.model.buffers[tensor.buffer].data
        return data if data is not None and len(data) else None

    def _constant(self, tensor):
        """Integers without a scale, such as shapes, stay integers."""
        kind = name_of(schema.TensorType, tensor.type)
        raw = np.asarray(self._data(tensor), np.uint8).tobytes()
        shape = [] if tensor.shape is None else list(tensor.shape)
        values = np.frombuffer(raw, DTYPES[kind]).reshape(shape)
        how = tensor.quantization
        if how is None or how.scale is None or not len(how.scale):
            return values.astype(np.float64) if kind[0] == 'F' else values
        axis = np.ones(max(values.ndim, 1), int)
        if values.ndim:
            axis[how.quantizedDimension] = len(how.scale)
        scale, zero = (
            np.asarray(part, np.float64).reshape(axis if values.ndim else [])
            for part in (how.scale, how.zeroPoint)
        )
        return (values - zero) * scale


def name_of(enumeration, number):
    """What the schema calls a number of its own."""
    return next(k for k, v in vars(enumeration).items() if v == number)


def activated(options, x):
    """Behind the fused activation."""
    kinds = schema.ActivationFunctionType
    if options is None or options.fusedActivationFunction == kinds.NONE:
        return x
    top = {kinds.RELU: np.inf, kinds.RELU6: 6}
    return np.clip(x, 0, top[options.fusedActivationFunction])


def convolve(options, x, weight, bias):
    """CONV_2D: x (1, H, W, I), weight (O, kh, kw, I)."""
    return convolved(options, x, weight.transpose(0, 3, 1, 2), bias, 1)


def convolve_each(options, x, weight, bias):
    """DEPTHWISE_CONV_2D: x (1, H, W, C), weight (1, kh, kw, C)."""
    assert options.depthMultiplier == 1
    groups = x.shape[-1]
    return convolved(options, x, weight.transpose(3, 0, 1, 2), bias, groups)


def convolved(options, x, weight, bias, groups):
    assert options.dilationHFactor == options.dilationWFactor == 1
    strides = options.strideH, options.strideW
    x = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
    if options.padding == schema.Padding.SAME:
        rows, columns = (
            same_padding(size, kernel, stride)
            for size, kernel, stride in zip(
                x.shape[2:], weight.shape[2:], strides
            )
        )
        x = F.pad(x, (*columns, *rows))
    weight = torch.from_numpy(np.ascontiguousarray(weight))
    y = F.conv2d(x, weight, torch.from_numpy(bias), strides, groups=groups)
    return activated(options, y.numpy().transpose(0, 2, 3, 1))


def same_padding(size, kernel, stride):
    """TensorFlow's SAME, before and after; the odd one goes after."""
    steps = -(-size // stride)
    total = max((steps - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def enlarge(options, x, size):
    """RESIZE_BILINEAR, of pixels whose centres are at halves."""
    assert options.halfPixelCenters and not options.alignCorners
    rows, columns = (
        interpolation(old, new) for old, new in zip(x.shape[1:3], size)
    )
    return np.einsum('yi,xj,nijc->nyxc', rows, columns, x, optimize=True)


def interpolation(old, new):
    """(new, old): the share of each old pixel in each new one."""
    at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(old)), 0)


def gather(options, values, indices):
    """GATHER_ND: the last axis of the indices goes into the values."""
    return values[tuple(np.moveaxis(indices, -1, 0))]


def cast(options, x):
    """To float; nothing is cast to an integer in these graphs."""
    return x.astype(np.float64)


OPERATORS = dict(
    CAST=cast,
    QUANTIZE=lambda options, x: x,
    DEQUANTIZE=lambda options, x: x,
    ADD=lambda options, a, b: activated(options, a + b),
    SUB=lambda options, a, b: activated(options, a - b),
    MUL=lambda options, a, b: activated(options, a * b),
    DIV=lambda options, a, b: activated(options, a / b),
    FLOOR_DIV=lambda options, a, b: a // b,
    SQRT=lambda options, x: np.sqrt(x),
    LOGISTIC=lambda options, x: 1 / (1 + np.exp(-x)),
    CONV_2D=convolve,
    DEPTHWISE_CONV_2D=convolve_each,
    RESIZE_BILINEAR=enlarge,
    RESHAPE=lambda options, x, shape: x.reshape(shape),
    ARG_MAX=lambda options, x, axis: x.argmax(int(axis)),
    GATHER_ND=gather,
    PACK=lambda options, *parts: np.stack(parts, options.axis),
    UNPACK=lambda options, x: [
        np.take(x, i, options.axis) for i in range(options.num)
    ],
    CONCATENATION=lambda options, *parts: np.concatenate(parts, options.axis),
)
