"""Post-training int8: one more network in a bundle, and what it was made of.

Weights become int8 by output channel, activations uint8 by the least and
greatest value that each showed on some crops (ONNX Runtime's static
quantisation in QDQ form). uint8, because ONNX Runtime computes that several
times as fast on x86 as int8 activations, at the same shifts.

Crops that judge the result should not be those that it was fitted to: with
``images`` they are not, and without them the benchmark says that they are.
Needs the packages onnx and onnxruntime; no torch.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np

from .bundle import INT8_FACTS, INT8_FILE, ONNX_FILE, add_files, open_bundle
from .image_file import list_images, read_image
from .parity import measure_parity, parity_table
from .parity_case import ParityCase
from .pipeline import PosePipeline
from .preprocess import preprocess, to_input
from .runtimes.checks import check_file
from .runtimes.engines import NCNN
from .runtimes.ncnn import INT8_FACTS_FILE
from .runtimes.remedies import REMEDIES, import_package
from .spec import ModelSpec

MAX_IMAGES = 64
_WEIGHTED = ('Conv', 'ConvTranspose', 'Gemm', 'MatMul')


def quantise_bundle(
    folder: Union[str, Path],
    images: Optional[Union[str, Path]] = None,
    max_images: int = MAX_IMAGES,
    float_outputs: bool = False,
) -> Dict[str, Any]:
    """Add ``model.int8.onnx`` to a bundle, or make it anew.

    Args:
        folder: a bundle with ``model.onnx``.
        images: folder of photographs of people, ideally cut to one person
            each, to calibrate on; None takes the crops of the parity case.
        max_images: of more, so many at even distances are used; >= 1.
        float_outputs: leave the last layer with weights before each output
            in float.

    Returns:
        What ``model.int8.json`` says: ``calibration`` in words, ``crops``
        (their number), ``judged_by_them`` (whether parity is measured on the
        same), ``float_layers`` and ``onnxruntime`` (version).

    Raises:
        FileNotFoundError: the bundle has no ``model.onnx``.
        ImportError: onnx or onnxruntime is not installed.
        ValueError: the bundle is damaged, or ``images`` holds no image or
            one that cannot be read.
    """
    spec = open_bundle(folder)
    source = Path(folder) / ONNX_FILE
    check_file(source, REMEDIES[ONNX_FILE])
    engine = import_package('onnxruntime')
    inputs, told = calibration_inputs(folder, spec, images, max_images)
    network, float_layers = quantise(source, inputs, float_outputs)
    facts = dict(
        calibration=f'{len(inputs)} crops of {told}',
        crops=len(inputs),
        judged_by_them=images is None,
        float_layers=float_layers,
        onnxruntime=engine.__version__,
    )
    text = json.dumps(facts, indent=2) + '\n'
    add_files(folder, {INT8_FILE: network, INT8_FACTS: text.encode()})
    return facts


def calibration_inputs(
    folder: Union[str, Path],
    spec: ModelSpec,
    images: Optional[Union[str, Path]],
    max_images: int,
) -> Tuple[List[np.ndarray], str]:
    """(3, h, w) float32 each, as the network sees them, and their source.

    Raises as :func:`quantise_bundle` does, which has the arguments.
    """
    if images is None:
        case = ParityCase.load(folder)
        inputs = [to_input(crop, spec) for crop in case.crops]
        return inputs, f"the bundle's parity case ({case.source})"
    files = _evenly(list_images(images), max_images)
    inputs = [preprocess(read_image(file), spec)[0] for file in files]
    return inputs, f'the folder {Path(images).resolve().name}'


def quantise(
    source: Path, inputs: Iterable[np.ndarray], float_outputs: bool
) -> Tuple[bytes, List[str]]:
    """Quantise an ONNX file.

    Args:
        source: its input is in0, (1, 3, h, w).
        inputs: (3, h, w) float32 each, to calibrate on.
        float_outputs: see :func:`quantise_bundle`.

    Returns:
        The content of the new file, and the names of the layers in float.
    """
    onnx = import_package('onnx')
    tools = import_package('onnxruntime.quantization')
    # Folds batch norms first: else each would be quantised on its own.
    prepare = import_package('onnxruntime.quantization.shape_inference')
    with tempfile.TemporaryDirectory(prefix='lightkpt-int8-') as work:
        prepared, target = Path(work) / 'prepared', Path(work) / 'int8'
        prepare.quant_pre_process(
            str(source), str(prepared), skip_symbolic_shape=True
        )
        layers = last_layers(onnx.load(prepared)) if float_outputs else []
        tools.quantize_static(
            str(prepared),
            str(target),
            _Reader(inputs),
            quant_format=tools.QuantFormat.QDQ,
            per_channel=True,
            activation_type=tools.QuantType.QUInt8,
            weight_type=tools.QuantType.QInt8,
            calibrate_method=tools.CalibrationMethod.MinMax,
            nodes_to_exclude=layers,
        )
        return target.read_bytes(), layers


class _Reader:
    """Gives each input once, in the form that ONNX Runtime asks for."""

    def __init__(self, inputs: Iterable[np.ndarray]) -> None:
        self._inputs: Iterator[np.ndarray] = iter(inputs)

    def get_next(self) -> Optional[Dict[str, np.ndarray]]:
        """The next batch of one image by the input's name; None at the end."""
        x = next(self._inputs, None)
        return None if x is None else {'in0': x[None]}


def last_layers(model: Any) -> List[str]:
    """Names of the layers with weights that no other follows, sorted.

    Args:
        model: an ``onnx.ModelProto``.
    """
    makers = {out: node for node in model.graph.node for out in node.output}
    found, seen = set(), set()
    waiting = [value.name for value in model.graph.output]
    while waiting:
        name = waiting.pop()
        node = makers.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if node.op_type in _WEIGHTED:
            found.add(node.name)
        else:
            waiting += node.input
    return sorted(found)


def price(
    folder: Union[str, Path], facts: Dict[str, Any], runtime: str
) -> str:
    """Say in Markdown how far an engine's int8 moves keypoints.

    Args:
        folder: a bundle that has just been quantised.
        facts: what was said of that.
        runtime: 'onnxruntime' or 'ncnn'.
    """
    case = ParityCase.load(folder)
    results = [
        measure_parity(
            PosePipeline.from_bundle(folder, 1, precision, runtime), case
        )
        for precision in ('fp32', 'int8')
    ]
    lines = [f'Calibrated on {facts["calibration"]}']
    if facts.get('put_back'):
        lines.append(f'Parameters put back: {"; ".join(facts["put_back"])}')
    lines.append(f'\nParity with torch on {case.source}\n')
    lines.append(parity_table(results))
    if facts['judged_by_them']:
        lines.append(
            '\nThese crops were calibrated on: others may move further.'
        )
    return '\n'.join(lines)


def _evenly(files: List[Path], most: int) -> List[Path]:
    """Of more files than asked for, so many at even distances."""
    if most < 1:
        raise ValueError(f'int8: max_images must be at least 1, got {most}')
    count = min(most, len(files))
    indices = np.linspace(0, len(files) - 1, count).round().astype(int)
    return [files[i] for i in indices]


def read_facts(
    folder: Union[str, Path], spec: ModelSpec, runtime: str = 'onnxruntime'
) -> Dict[str, Any]:
    """What ``model.int8.json`` of a bundle says; {} without one.

    Args:
        folder: of the bundle.
        spec: the bundle's spec.
        runtime: of ncnn there is another such file.

    Raises:
        ValueError: it is damaged; the message names it.
    """
    name = INT8_FACTS_FILE if runtime == NCNN else INT8_FACTS
    path = Path(folder) / name
    if name not in spec.sha256 or not path.is_file():
        return {}
    try:
        facts = json.loads(path.read_text('utf-8'))
    except ValueError as error:
        raise ValueError(f'{path}: not JSON: {error}') from error
    if not isinstance(facts, dict):
        raise ValueError(f'{path}: expected a JSON object')
    return facts
