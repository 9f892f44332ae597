"""A graph without weights as a bundle, to be timed with zeros for weights.

Searching for an architecture needs times before there is anything to train.
ncnn takes the same time for zeros: it flushes denormals and skips nothing.
"""

from pathlib import Path
from typing import Dict, List, Tuple, Union

from .complexity import Layer, count_params, read_layers
from .results import write_atomically
from .runtimes.ncnn import PARAM_FILE, foreign_layers
from .spec import ModelSpec


def bundle_of_graph(
    param_file: Union[str, Path],
    input_size: Tuple[int, int],
    folder: Union[str, Path],
) -> Path:
    """Write a bundle that can be timed and finds no keypoints.

    Blobs get the names that the runtime expects, whoever wrote the graph.

    Args:
        param_file: an ncnn text graph with one image of three channels as
            input.
        input_size: (w, h) of it in pixels.
        folder: of the bundle, made if need be.

    Returns:
        ``folder``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no graph, or has layers that ncnn lacks or several
            inputs; the message names file and reason. Only running it tells
            whether ncnn can.
    """
    param_file, folder = Path(param_file), Path(folder)
    if not param_file.is_file():
        raise FileNotFoundError(f'{param_file}: no such file')
    text = param_file.read_text('utf-8', errors='replace')
    layers = read_layers(param_file)
    foreign = foreign_layers(text)
    if foreign:
        raise ValueError(f'{param_file}: layers ncnn does not have: {foreign}')
    names = _new_names(param_file, layers)
    count = sum(name.startswith('out') for name in names.values())
    magic, counts, *lines = text.splitlines()
    lines = [magic, counts, *(_renamed(line, names) for line in lines)]
    write_atomically(folder / PARAM_FILE, '\n'.join([*lines, '']).encode())
    ModelSpec(
        name=param_file.name.split('.')[0],
        input_size=tuple(input_size),
        mean=(0.0, 0.0, 0.0),
        std=(255.0, 255.0, 255.0),
        channel_order='rgb',
        padding=1.25,
        outputs=tuple(f'out{i}' for i in range(count)),
        decoder=dict(
            type='graph', num_keypoints=1, input_size=list(input_size)
        ),
        keypoint_names=('none',),
        skeleton_links=(),
        flip_indices=(0,),
        params=count_params(layers),
    ).save(folder)
    return folder


def _new_names(param_file: Path, layers: List[Layer]) -> Dict[str, str]:
    """Blob -> name: in0 for the input, out0, out1, ... for what is left."""
    inputs = [t for one in layers if one.type == 'Input' for t in one.tops]
    used = {bottom for layer in layers for bottom in layer.bottoms}
    tops = [top for layer in layers for top in layer.tops]
    left = [top for top in tops if top not in used and top not in inputs]
    if len(inputs) != 1 or not left:
        raise ValueError(
            f'{param_file}: expected one input and at least one output, got '
            f'the inputs {inputs} and the outputs {left}'
        )
    # The others too, for one of them may be called out0 already.
    names = {top: f'blob{i}' for i, top in enumerate(tops)}
    names.update({top: f'out{i}' for i, top in enumerate(left)})
    names[inputs[0]] = 'in0'
    return names


def _renamed(line: str, names: Dict[str, str]) -> str:
    words = line.split()
    if not words:
        return line
    end = 4 + int(words[2]) + int(words[3])
    words[4:end] = [names.get(word, word) for word in words[4:end]]
    return ' '.join(words)
