"""An ncnn ``.bin`` in half precision that loses no small weight.

pnnx writes halves too, but makes 0 of every weight below 2^-14 (6.1e-5), and
a layer may consist of such. Here halves are rounded as IEEE 754 has it, with
subnormals, which ncnn reads: the error is at most 2^-25 there.

ncnn marks each array of weights with a tag, so that one file may hold both
kinds. Those of few weights stay in float32, which costs next to nothing: they
are the first layers and the depthwise ones, whose sums are too short to even
the rounding out.
"""

from pathlib import Path
from typing import List, Union

import numpy as np

from .complexity import Layer, count_params, read_layers
from .runtimes.ncnn import BIN_FILE, FP16_BIN_FILE, PARAM_FILE

FLOAT_TAG, HALF_TAG = 0, 0x01306B47
MAX_FLOATS = 1024
"""Weights that an array may have to stay in float32."""
_WORD, _FLOAT, _HALF = '<u4', '<f4', '<f2'


def half_weights(folder: Union[str, Path]) -> bytes:
    """Make the content of ``model.fp16.ncnn.bin`` anew.

    Both files of pnnx are walked side by side: what is no array with a tag -
    biases, slopes, constants - is the same in both.

    Args:
        folder: with ``model.ncnn.param`` and pnnx's two ``.bin`` files.

    Returns:
        The content; pnnx's own if the graph has layers with weights that are
        not known here.

    Raises:
        ValueError: the files do not belong together.
    """
    folder = Path(folder)
    layers = read_layers(folder / PARAM_FILE)
    content = (folder / FP16_BIN_FILE).read_bytes()
    if count_params(layers) is None:
        return content
    halves = np.frombuffer(content, _WORD)
    floats = np.fromfile(folder / BIN_FILE, _WORD)
    parts: List[np.ndarray] = []
    p = q = 0  # how far halves and floats are read
    for size in (size for layer in layers for size in tagged_sizes(layer)):
        start = _next_tag(halves[p:], floats[q:], folder)
        parts.append(floats[q : q + start])
        p, q = p + start + 1 + (size + 1) // 2, q + start + 1 + size
        parts.append(_tagged(floats[q - size : q].view(_FLOAT)))
    if not np.array_equal(halves[p:], floats[q:]):
        raise ValueError(_unlike(folder))
    return np.concatenate([*parts, floats[q:]]).tobytes()


def tagged_sizes(layer: Layer) -> List[int]:
    """How many weights each array of a layer has that bears a tag."""

    def number(key: int) -> int:
        return int(layer.options.get(key, 0))

    if 'onvolution' in layer.type:
        return [number(6)]
    if layer.type == 'InnerProduct':
        return [number(2)]
    if layer.type != 'Gemm':
        return []
    rows, columns, depth = number(7), number(8), number(9)
    bias = {0: 1, 1: rows, 2: rows, 3: rows * columns, 4: columns}
    sizes = rows * depth, columns * depth, bias.get(number(10), 0)
    return [s for key, s in zip((4, 5, 6), sizes) if number(key) and s]


def _next_tag(halves: np.ndarray, floats: np.ndarray, folder: Path) -> int:
    """Where a tag is next: of half precision in one, of float in the other."""
    size = min(len(halves), len(floats))
    differs = halves[:size] != floats[:size]
    start = int(differs.argmax()) if differs.any() else 0
    if not size or (halves[start], floats[start]) != (HALF_TAG, FLOAT_TAG):
        raise ValueError(_unlike(folder))
    return start


def _tagged(weights: np.ndarray) -> np.ndarray:
    """Words of a tag and its array (N,) float32, padded to whole words."""
    tag, values = FLOAT_TAG, weights
    if (
        len(weights) > MAX_FLOATS
        and np.abs(weights).max() <= np.finfo(_HALF).max
    ):
        tag = HALF_TAG
        values = np.zeros((len(weights) + 1) // 2 * 2, _HALF)
        values[: len(weights)] = weights
    return np.concatenate([np.array([tag], _WORD), values.view(_WORD)])


def _unlike(folder: Path) -> str:
    return (
        f'{folder}: {FP16_BIN_FILE} and {BIN_FILE} are not the same weights '
        f'in the order of {PARAM_FILE}: export again'
    )
