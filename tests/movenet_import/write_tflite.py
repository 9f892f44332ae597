"""Write a torch MoveNet as TFLite files hold one: its convolutions at least.

Not a file that an interpreter runs: there is no decode in it. The layout is
that of Google's: batch normalisation folded in, channels last, y before x.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from mmcv.cnn import ConvModule
from torch import nn

OP, TYPE = schema.BuiltinOperator, schema.TensorType
HEADS = dict(
    center='center_0',
    heatmap='kpt_heatmap_0',
    offset='kpt_offset_0',  # before the regression, as in Google's file
    regression='kpt_regress_0',
)


class Writer:
    """A graph that grows; ``kind`` is 'int8', 'float16' or 'float32'."""

    def __init__(self, kind):
        self.kind = kind
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []

    def tensor(self, shape, name='', data=None, scale=None, axis=0):
        tensor = schema.TensorT()
        tensor.shape, tensor.name = [int(n) for n in shape], name.encode()
        tensor.type, tensor.buffer = TYPE.FLOAT32, 0
        if data is not None:
            kinds = dict(
                float32=TYPE.FLOAT32,
                float16=TYPE.FLOAT16,
                int8=TYPE.INT8,
                int32=TYPE.INT32,
            )
            tensor.type = kinds[data.dtype.name]
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scale.astype(np.float32)
            tensor.quantization.zeroPoint = np.zeros(len(scale), np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, output, options=None):
        op, kind = schema.OperatorT(), schema.OperatorCodeT()
        kind.builtinCode = kind.deprecatedBuiltinCode = code
        op.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(kind)
        op.inputs, op.outputs = list(inputs), [output]
        if options is not None:
            op.builtinOptions = options
            op.builtinOptionsType = getattr(
                schema.BuiltinOptions, type(options).__name__[:-1]
            )
        self.graph.operators.append(op)
        return output

    def constant(self, values, axis, wide=False):
        """A weight (wide: a bias), stored as the file's kind stores it."""
        if self.kind == 'float32':
            return self.tensor(values.shape, 'w', values)
        if self.kind == 'float16':
            half = self.tensor(values.shape, 'h', values.astype(np.float16))
            full = self.tensor(values.shape, 'w')
            return self.operator(OP.DEQUANTIZE, [half], full)
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = np.abs(values).max(others) / (2**24 if wide else 127) + 1e-12
        shape = [1] * values.ndim
        shape[axis] = -1
        whole = np.rint(values / scale.reshape(shape))
        whole = whole.astype(np.int32 if wide else np.int8)
        return self.tensor(values.shape, 'w', whole, scale, axis)

    def convolution(self, x, conv, block, name, size, y_first=False):
        """One of torch's, with the normalisation and activation of block."""
        weight, bias = folded(conv, block)
        if y_first:
            weight, bias = (
                part.reshape(-1, 2, *part.shape[1:])[:, ::-1].reshape(
                    part.shape
                )
                for part in (weight, bias)
            )
        deep = conv.groups > 1
        axes, axis = ((1, 2, 3, 0), 3) if deep else ((0, 2, 3, 1), 0)
        weight = np.ascontiguousarray(weight.transpose(axes))
        options = (
            schema.DepthwiseConv2DOptionsT()
            if deep
            else schema.Conv2DOptionsT()
        )
        options.strideH = options.strideW = conv.stride[0]
        options.fusedActivationFunction = activation(block)
        out = self.tensor((1, *size, conv.out_channels), name)
        code = OP.DEPTHWISE_CONV_2D if deep else OP.CONV_2D
        inputs = [x, self.constant(weight, axis), self.constant(bias, 0, True)]
        return self.operator(code, inputs, out, options)

    def bytes(self):
        self.model.subgraphs = [self.graph]
        builder = flatbuffers.Builder(0)
        builder.Finish(self.model.Pack(builder), b'TFL3')
        return bytes(builder.Output())


def folded(conv, block):
    """Weight and bias (O, ...) with the block's normalisation in them."""
    weight = conv.weight.detach().double().numpy()
    if conv.bias is not None:
        return (
            weight.astype(np.float32),
            conv.bias.detach().numpy().astype(np.float32),
        )
    norm = block.norm
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    bias = norm.bias - norm.running_mean * gain
    weight = weight * gain.detach().double().numpy()[:, None, None, None]
    return weight.astype(np.float32), bias.detach().numpy().astype(np.float32)


def activation(block):
    kinds = schema.ActivationFunctionType
    if not isinstance(block, ConvModule) or not block.with_activation:
        return kinds.NONE
    return kinds.RELU6 if isinstance(block.activate, nn.ReLU6) else kinds.RELU


def pairs(part):
    """Each convolution of a part, with the block around it."""
    blocks = {
        id(m.conv): m for m in part.modules() if isinstance(m, ConvModule)
    }
    for m in part.modules():
        if isinstance(m, nn.Conv2d):
            yield m, blocks.get(id(m))


def write_tflite(model, kind='float32'):
    """Content of a TFLite file with the model's convolutions."""
    writer, side = Writer(kind), 64
    x, taps = writer.tensor((1, side, side, 3), 'image'), {}
    laterals = list(model.neck.laterals)
    ends = {
        list(pairs(getattr(model.backbone, name)))[-1][0]: level
        for level, name in enumerate(('layer2', 'layer3', 'layer4'))
    }
    for conv, block in pairs(model.backbone):
        side //= conv.stride[0]
        x = writer.convolution(x, conv, block, 'extractor/c', (side, side))
        if conv in ends:
            level = ends[conv]
            taps[level] = writer.convolution(
                x, laterals[level], None, 'extractor/l', (side, side)
            )
    x = writer.convolution(x, model.neck.top, None, 'extractor/t', (side,) * 2)
    for level in reversed(range(len(laterals))):
        side *= 2
        shape = (1, side, side, laterals[level].out_channels)
        large = writer.operator(
            OP.RESIZE_BILINEAR, [x], writer.tensor(shape, 'large')
        )
        x = writer.operator(
            OP.ADD, [large, taps[level]], writer.tensor(shape, 'sum')
        )
        for conv, block in pairs(model.neck.convs[level]):
            x = writer.convolution(x, conv, block, 'extractor/n', (side,) * 2)
    for branch, name in HEADS.items():
        y, found = x, list(pairs(getattr(model.head, branch)))
        for number, (conv, block) in enumerate(found):
            swap = number == 2 and branch in ('regression', 'offset')
            y = writer.convolution(
                y, conv, block, f'{name}/c', (side, side), swap
            )
    return writer.bytes()
