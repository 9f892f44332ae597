"""Count parameters and multiply-accumulates (MACs) of an ncnn graph.

pnnx prints FLOPS = multiplications + additions, so MACs are half of it. This
is the independent count beside it: sizes are read from the ``.param`` text,
the maps they slide over from a run of the graph with zero weights, so every
layer that ncnn can run has its true shape. Activations, interpolation and
element-wise layers count nothing, as in the papers of this field.
"""

from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

_CONVOLUTIONS = (
    'Convolution',
    'ConvolutionDepthWise',
    'Convolution1D',
    'ConvolutionDepthWise1D',
)
_DECONVOLUTIONS = ('Deconvolution', 'DeconvolutionDepthWise')
_UNKNOWN = (
    'Convolution3D',
    'Deconvolution3D',
    'DeformableConv2D',
    'Einsum',
    'Embed',
    'GRU',
    'LSTM',
    'MultiHeadAttention',
    'RNN',
    'SDPA',
)
_MAGIC = '7767517'
Shape = Tuple[int, int, int]


class Layer(NamedTuple):
    """One line of a ``.param`` file."""

    type: str
    name: str
    bottoms: List[str]
    tops: List[str]
    options: Dict[int, str]


class Complexity(NamedTuple):
    """Learned numbers, and MACs for one image."""

    params: int
    macs: int


def count_graph(
    param_file: Union[str, Path], input_size: Tuple[int, int]
) -> Complexity:
    """Count the parameters and MACs of an ncnn graph.

    Args:
        param_file: text ``.param`` file of a graph with one image input of
            three channels.
        input_size: (w, h) in pixels.

    Raises:
        ValueError: if the file is not an ncnn graph, ncnn cannot run it or
            it holds a kind of layer with weights that is not known here.
    """
    layers = read_layers(param_file)
    unknown = sorted({layer.type for layer in layers} & set(_UNKNOWN))
    if unknown:
        raise ValueError(f'{param_file}: cannot count {", ".join(unknown)}')
    shapes = blob_shapes(param_file, layers, input_size)
    return Complexity(
        params=sum(_layer_params(layer) for layer in layers),
        macs=sum(_layer_macs(layer, shapes) for layer in layers),
    )


def count_params(layers: List[Layer]) -> Optional[int]:
    """Count the parameters without running ncnn.

    Returns:
        None if there is a kind of layer with weights that is not known here.
    """
    if any(layer.type in _UNKNOWN for layer in layers):
        return None
    return sum(_layer_params(layer) for layer in layers)


def read_layers(param_file: Union[str, Path]) -> List[Layer]:
    """Parse a ``.param`` file; errors name the file and the line."""
    lines = Path(param_file).read_text(errors='replace').splitlines()
    if not lines or lines[0].strip() != _MAGIC:
        raise ValueError(
            f'{param_file}: not an ncnn text graph, its first '
            f'line must be {_MAGIC}'
        )
    layers = []
    for number, line in enumerate(lines[2:], start=3):
        if not line.strip():
            continue
        try:
            layers.append(_read_layer(line.split()))
        except (ValueError, IndexError) as error:
            raise ValueError(
                f'{param_file}: line {number} is not a layer: '
                f'{line.strip()[:60]!r}'
            ) from error
    return layers


def blob_shapes(
    param_file: Union[str, Path],
    layers: List[Layer],
    input_size: Tuple[int, int],
) -> Dict[str, Shape]:
    """Run the graph with zero weights; return {blob name: (c, h, w)}."""
    import ncnn
    import numpy as np

    net = ncnn.Net()
    net.opt.num_threads = 1
    net.opt.use_vulkan_compute = False
    net.opt.lightmode = False
    if (
        net.load_param(str(param_file)) != 0
        or net.load_model(ncnn.DataReaderFromEmpty()) != 0
    ):
        raise ValueError(f'{param_file}: ncnn cannot load this graph')
    width, height = input_size
    image = np.zeros((3, height, width), np.float32)
    shapes = {}
    with net.create_extractor() as extractor:
        extractor.set_light_mode(False)
        extractor.input(net.input_names()[0], ncnn.Mat(image).clone())
        for top in (top for layer in layers for top in layer.tops):
            code, blob = extractor.extract(top)
            if code != 0:
                raise ValueError(
                    f'{param_file}: ncnn cannot run this graph '
                    f'as far as blob {top!r}'
                )
            shapes[top] = (blob.c * blob.d, blob.h, blob.w)
    return shapes


def _read_layer(words: List[str]) -> Layer:
    """Split ``type name #bottoms #tops bottoms tops key=value ...``."""
    bottoms, tops = int(words[2]), int(words[3])
    blobs = words[4 : 4 + bottoms + tops]
    if len(blobs) != bottoms + tops:
        raise ValueError('too few blob names')
    options = (word.partition('=') for word in words[4 + bottoms + tops :])
    return Layer(
        words[0],
        words[1],
        blobs[:bottoms],
        blobs[bottoms:],
        {int(key): value for key, _, value in options},
    )


def _number(layer: Layer, key: int) -> int:
    return int(layer.options.get(key, 0))


def _layer_params(layer: Layer) -> int:
    """Count the learned numbers of a layer, biases included."""
    if layer.type in _CONVOLUTIONS + _DECONVOLUTIONS:
        return _number(layer, 6) + _number(layer, 5) * _number(layer, 0)
    if layer.type == 'InnerProduct':
        return _number(layer, 2) + _number(layer, 1) * _number(layer, 0)
    if layer.type == 'Gemm':
        rows, columns, depth = (_number(layer, key) for key in (7, 8, 9))
        bias = {0: 1, 1: rows, 2: rows, 3: rows * columns, 4: columns}
        return (
            _number(layer, 4) * rows * depth
            + _number(layer, 5) * columns * depth
            + _number(layer, 6) * bias.get(_number(layer, 10), 0)
        )
    if layer.type == 'PReLU':
        return _number(layer, 0)
    if layer.type == 'BatchNorm':
        return 2 * _number(layer, 0)
    return 0


def _layer_macs(layer: Layer, shapes: Dict[str, Shape]) -> int:
    """Count one multiply-accumulate per weight and position."""
    if layer.type in _CONVOLUTIONS:
        _, height, width = shapes[layer.tops[0]]
        return _number(layer, 6) * height * width
    if layer.type in _DECONVOLUTIONS:
        _, height, width = shapes[layer.bottoms[0]]
        return _number(layer, 6) * height * width
    if layer.type == 'InnerProduct':
        _, height, width = shapes[layer.tops[0]]
        return _number(layer, 2) * (height if height > 1 else 1)
    if layer.type in ('Gemm', 'MatMul'):
        channels, height, width = shapes[layer.tops[0]]
        return channels * height * width * _inner_size(layer, shapes)
    return 0


def _inner_size(layer: Layer, shapes: Dict[str, Shape]) -> int:
    """Return the length of the sums in a matrix product A B."""
    if layer.type == 'Gemm' and _number(layer, 9):
        return _number(layer, 9)
    if layer.type == 'Gemm' and _number(layer, 4):
        _, height, width = shapes[layer.bottoms[0]]
        return width if _number(layer, 3) else height
    _, height, width = shapes[layer.bottoms[0]]
    transposed = layer.type == 'Gemm' and _number(layer, 2)
    return height if transposed else width
