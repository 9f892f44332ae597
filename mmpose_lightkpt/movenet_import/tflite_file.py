"""The convolutions of a TFLite file, as float arrays in PyTorch's layout.

A file is read as data: nothing in it is executed. Google publishes MoveNet in
three kinds, which this reads alike: int8 with a scale per output channel,
float16 behind DEQUANTIZE operators, and float32.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np

__all__ = ['Convolution', 'TFLiteFile']

_MAGIC = b'TFL3'
_STORED = dict(
    FLOAT32=np.float32, FLOAT16=np.float16, INT8=np.int8, INT32=np.int32
)
_CONVOLUTIONS = ('CONV_2D', 'DEPTHWISE_CONV_2D')


class Convolution(NamedTuple):
    """One convolution with its batch normalisation folded in."""

    name: str
    """Of its output, as TensorFlow called it."""
    weight: np.ndarray
    """(O, I / groups, kh, kw) float32."""
    bias: np.ndarray
    """(O,) float32."""
    stride: int
    activation: str
    """'NONE', 'RELU' or 'RELU6'."""
    lateral: bool
    """Whether it is added to something that was enlarged: a pyramid's."""
    size: Tuple[int, int]
    """(H, W) of its output."""


class TFLiteFile:
    """A file, opened.

    Args:
        path: of the file.

    Raises:
        ImportError: ai-edge-litert, which has the format's schema, is missing.
        ValueError: it is no TFLite file, or a truncated one.
        FileNotFoundError: there is no such file.
    """

    def __init__(self, path: Union[str, Path]) -> None:
        try:
            from ai_edge_litert import schema_py_generated as schema
        except ImportError as error:
            raise ImportError(
                'reading a .tflite needs ai-edge-litert: '
                'pip install "mmpose_lightkpt[movenet]"'
            ) from error
        self.path, content = Path(path), Path(path).read_bytes()
        if content[4:8] != _MAGIC:
            raise ValueError(
                f'{path} is no TFLite file: bytes 4 to 8 must be '
                f'{_MAGIC.decode()}, got {content[4:8]!r}'
            )
        try:
            model = schema.ModelT.InitFromPackedBuf(content)
            self._read(model, schema)
        except (struct.error, IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f'{path} is truncated or damaged ({len(content)} bytes): '
                f'{error}'
            ) from error

    def _read(self, model: Any, schema: Any) -> None:
        names = _names(schema.BuiltinOperator)
        self._types = _names(schema.TensorType)
        self._schemes = _names(schema.QuantizationDetails)
        self._activations = _names(schema.ActivationFunctionType)
        graph = model.subgraphs[0]
        self._tensors, self._buffers = graph.tensors, model.buffers
        self._operators = graph.operators
        self._kinds = [
            names[
                max(
                    model.operatorCodes[op.opcodeIndex].builtinCode,
                    # of files from before the code outgrew a byte
                    model.operatorCodes[op.opcodeIndex].deprecatedBuiltinCode,
                )
            ]
            for op in self._operators
        ]
        self._makers: Dict[int, int] = {
            tensor: number
            for number, op in enumerate(self._operators)
            for tensor in op.outputs
        }

    def convolutions(self) -> List[Convolution]:
        """All of them, in the order in which they are computed.

        Raises:
            ValueError: a weight is stored in a way that is not known, or a
                convolution is none of MoveNet's.
        """
        laterals = self._laterals()
        return [
            self._convolution(op, kind, op.outputs[0] in laterals)
            for op, kind in zip(self._operators, self._kinds)
            if kind in _CONVOLUTIONS
        ]

    def _laterals(self) -> set:
        """Tensors that are added to a RESIZE_BILINEAR's."""
        found = set()
        for op, kind in zip(self._operators, self._kinds):
            makers = {t: self._maker(t) for t in op.inputs}
            if kind == 'ADD' and 'RESIZE_BILINEAR' in makers.values():
                found |= {t for t, m in makers.items() if m in _CONVOLUTIONS}
        return found

    def _maker(self, tensor: int) -> Optional[str]:
        number = self._makers.get(tensor)
        return None if number is None else self._kinds[number]

    def _convolution(self, op: Any, kind: str, lateral: bool) -> Convolution:
        if len(op.inputs) < 3 or op.inputs[2] < 0:
            raise ValueError(
                f'{self._named(self._tensors[op.outputs[0]])} is a '
                "convolution without bias; each of MoveNet's has one"
            )
        weight = self.constant(op.inputs[1])
        if weight.ndim != 4:
            raise ValueError(
                f'{self._named(self._tensors[op.inputs[1]])} has shape '
                f"{weight.shape}; a convolution's weight has four axes"
            )
        if kind == 'CONV_2D':  # O, kh, kw, I
            weight = weight.transpose(0, 3, 1, 2)
        else:  # 1, kh, kw, O
            weight = weight.transpose(3, 0, 1, 2)
        output, options = self._tensors[op.outputs[0]], op.builtinOptions
        return Convolution(
            name=output.name.decode(),
            weight=np.ascontiguousarray(weight),
            bias=self.constant(op.inputs[2]),
            stride=options.strideH,
            activation=self._activations[options.fusedActivationFunction],
            lateral=lateral,
            size=tuple(int(n) for n in output.shape[1:3]),
        )

    def constant(self, index: int) -> np.ndarray:
        """A tensor that the file holds, in float32.

        Raises:
            ValueError: it is computed and not held, or of a type or a
                quantisation that is not known.
        """
        tensor = self._tensors[index]
        data = self._buffers[tensor.buffer].data
        if data is None or not len(data):
            if self._maker(index) == 'DEQUANTIZE':  # float16 files
                return self.constant(
                    self._operators[self._makers[index]].inputs[0]
                )
            raise ValueError(
                f'{self._named(tensor)} is computed, and a weight must be '
                'held by the file'
            )
        values = self._stored(tensor, data)
        if values.dtype.kind == 'f':
            values = values.astype(np.float32)
        else:
            values = self._dequantised(values, tensor)
        if not np.isfinite(values).all():
            raise ValueError(f'{self._named(tensor)} holds NaN or infinity')
        return values

    def _stored(self, tensor: Any, data: np.ndarray) -> np.ndarray:
        """The numbers as the file has them, in their shape."""
        kind = self._types.get(tensor.type, f'type {tensor.type}')
        if kind not in _STORED:
            raise ValueError(
                f'{self._named(tensor)} is stored as {kind}; known are '
                f'{", ".join(_STORED)}'
            )
        if tensor.sparsity is not None:
            raise ValueError(
                f'{self._named(tensor)} is stored without its zeros; known '
                'are weights with all their numbers'
            )
        raw = np.asarray(data, np.uint8).tobytes()
        sides = () if tensor.shape is None else tensor.shape
        shape = tuple(int(n) for n in sides)
        wanted = np.prod(shape) * np.dtype(_STORED[kind]).itemsize
        if len(raw) != wanted:
            raise ValueError(
                f'{self._named(tensor)} has {len(raw)} bytes, and {kind} of '
                f'shape {shape} takes {wanted}: the file is damaged'
            )
        return np.frombuffer(raw, _STORED[kind]).reshape(shape)

    def _dequantised(self, values: np.ndarray, tensor: Any) -> np.ndarray:
        """(q - zero point) * scale, along the quantised axis."""
        how = tensor.quantization
        if how is not None and how.detailsType:
            scheme = self._schemes.get(how.detailsType, how.detailsType)
            raise ValueError(
                f'{self._named(tensor)} is quantised by {scheme}; known is '
                'one scale, or one for each channel'
            )
        scale = None if how is None else how.scale
        axis = 0 if how is None else how.quantizedDimension
        channels = values.shape[axis] if axis < values.ndim else None
        if scale is None or len(scale) not in (1, channels):
            raise ValueError(
                f'{self._named(tensor)} is of integers with '
                f'{0 if scale is None else len(scale)} scales on axis {axis} '
                f'of shape {values.shape}; one, or one for each channel, is '
                'known'
            )
        zero = np.zeros(1) if how.zeroPoint is None else how.zeroPoint
        if len(zero) not in (1, len(scale)):
            raise ValueError(
                f'{self._named(tensor)} has {len(zero)} zero points for '
                f'{len(scale)} scales; one, or as many, is known'
            )
        zero, factor = (
            _along(part, axis, values.ndim) for part in (zero, scale)
        )
        return ((values - zero) * factor).astype(np.float32)

    def _named(self, tensor: Any) -> str:
        return f'{self.path}: {(tensor.name or b"a tensor").decode()}'


def _along(values: Any, axis: int, dimensions: int) -> np.ndarray:
    """Numbers of one axis, or one number, to multiply an array with."""
    shape = [1] * max(dimensions, 1)
    shape[axis if len(values) > 1 else 0] = len(values)
    return np.asarray(values, np.float64).reshape(shape)


def _names(enumeration: Any) -> Dict[int, str]:
    """Name by number of one of the schema's enumerations."""
    return {
        number: name
        for name, number in vars(enumeration).items()
        if isinstance(number, int)
    }
