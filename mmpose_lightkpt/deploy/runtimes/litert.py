"""LiteRT, once TensorFlow Lite, on a ``.tflite`` file as it comes.

Such a file has no spec: its input is of its own type and shape, and only its
maker knows how to decode its outputs. What types it holds is read before
LiteRT changes anything.
"""

from collections import Counter
from pathlib import Path
from typing import Any, List, NamedTuple, Tuple, Union

import numpy as np

from .remedies import import_package

_WHO = 'LiteRtRuntime'
_CHANNELS = (1, 3, 4)
_INPUTS = ('uint8', 'int8', 'int32', 'float32')


class TfliteFacts(NamedTuple):
    """What a file says of itself."""

    precision: str
    """Type of most of its weights, as int8, float16 or float32."""
    input_size: Tuple[int, int]
    """(w, h) in pixels."""


class LiteRtRuntime:
    """A loaded ``.tflite`` file.

    Args:
        file: the file.
        threads: threads of one inference.
        precision: named in :attr:`info`; what is computed is the file's.

    Attributes:
        input_shape: of the input, with its batch axis of 1.
        input_dtype: of the input.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: ai-edge-litert is not installed.
        ValueError: LiteRT cannot load the file, or it does not take one
            image of a fixed size; the message names it.
    """

    def __init__(
        self, file: Union[str, Path], threads: int = 1, precision: str = ''
    ) -> None:
        self._interpreter = _open(file, num_threads=threads)
        try:
            self._interpreter.allocate_tensors()
        except RuntimeError as error:
            raise ValueError(
                f'{file}: LiteRT cannot run it: {" ".join(str(error).split())}'
            ) from error
        (entry,) = self._interpreter.get_input_details()
        self._input = entry['index']
        self.input_shape = tuple(int(n) for n in entry['shape'])
        self.input_dtype = np.dtype(entry['dtype'])
        self._outputs = self._interpreter.get_output_details()
        self.info = dict(
            runtime='litert',
            version=import_package('ai_edge_litert').__version__,
            threads=threads,
            precision=precision,
        )

    def run(self, x: np.ndarray) -> List[np.ndarray]:
        """Forward one input; see :class:`~.base.Runtime`.

        Args:
            x: of :attr:`input_shape` and :attr:`input_dtype`.
        """
        if x.shape != self.input_shape or x.dtype != self.input_dtype:
            raise ValueError(
                f'{_WHO}: expected a {self.input_dtype} input of shape '
                f'{self.input_shape}, got {x.dtype} of shape {x.shape}'
            )
        self._interpreter.set_tensor(self._input, x)
        self._interpreter.invoke()
        outputs = []
        for entry in self._outputs:
            out = self._interpreter.get_tensor(entry['index'])
            outputs.append(out[0].astype(np.float32) if out.ndim else out)
            if not np.isfinite(out).all():
                raise ValueError(
                    f'{_WHO}: output {entry["name"]!r} holds NaN or infinity'
                )
        return outputs


def read_facts(file: Union[str, Path]) -> TfliteFacts:
    """Look into a file without running it; raises as the runtime does."""
    resolver = import_package('ai_edge_litert.interpreter').OpResolverType
    # A delegate would repack the weights.
    plain = _open(
        file,
        experimental_op_resolver_type=(
            resolver.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    held: Counter = Counter()
    for tensor in plain.get_tensor_details():
        try:
            weights = plain.get_tensor(tensor['index'])
        except ValueError:  # an activation, which has no memory yet
            continue
        held[str(weights.dtype)] += weights.size
    (entry,) = plain.get_input_details()
    held = held or Counter({str(np.dtype(entry['dtype'])): 1})
    height, width, _ = _image_shape(file, entry)
    return TfliteFacts(held.most_common(1)[0][0], (width, height))


def _open(file: Union[str, Path], **options: Any) -> Any:
    """An interpreter of the file, if that takes one image."""
    if not Path(file).is_file():
        raise FileNotFoundError(f'{file}: no such file')
    engine = import_package('ai_edge_litert.interpreter')
    try:
        interpreter = engine.Interpreter(str(file), **options)
    except (ValueError, RuntimeError) as error:
        reason = ' '.join(str(error).split())
        raise ValueError(
            f'{file}: LiteRT cannot load it (damaged, or not a .tflite '
            f'file): {reason}'
        ) from error
    entries = interpreter.get_input_details()
    if len(entries) != 1:
        raise ValueError(
            f'{file}: expected one input, got {[e["name"] for e in entries]}'
        )
    _image_shape(file, entries[0])
    return interpreter


def _image_shape(file: Any, entry: Any) -> Tuple[int, int, int]:
    """(H, W, C) of an input, wherever its channels are."""
    shape = [int(n) for n in entry['shape_signature']]
    name = str(np.dtype(entry['dtype']))
    if len(shape) == 4 and shape[0] in (1, -1) and name in _INPUTS:
        _, height, width, channels = shape
        if channels not in _CHANNELS:
            _, channels, height, width = shape
        if channels in _CHANNELS and min(height, width) > 0:
            return height, width, channels
    raise ValueError(
        f'{file}: expected an input of one image of fixed size, '
        f'(1, H, W, 3) or (1, 3, H, W) of {"/".join(_INPUTS)}, got {name} of '
        f'shape {tuple(shape)}'
    )
