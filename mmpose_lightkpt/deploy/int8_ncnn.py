"""Post-training int8 for ncnn, made by two tools that come with its source.

``ncnn2table`` watches what each convolution sees of some crops; ``ncnn2int8``
writes the network. No package ships them: docs/how_to/time_other_engines.md
says how to build them. Both end with 0 whatever happens, and the second
drops parameters that it does not know (``12`` and ``13`` of ``Reshape``), with
which a network loads and computes wrong numbers. So its graph is compared with
the one it was made of, what it dropped is put back, and its outputs have to
resemble torch's. Every ``Gemm`` becomes int8 too, with scales that are found
at each inference.
"""

import json
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np

from .bundle import add_files, open_bundle
from .int8 import MAX_IMAGES, calibration_inputs
from .int8_graph import put_back
from .loadable import check_loadable
from .parity_case import ParityCase
from .preprocess import to_input
from .runtimes.ncnn import (
    BIN_FILE,
    INT8_BIN_FILE,
    INT8_FACTS_FILE,
    INT8_PARAM_FILE,
    PARAM_FILE,
    NcnnRuntime,
)
from .spec import ModelSpec

TOOLS = ('ncnn2table', 'ncnn2int8')
METHOD = 'aciq'
"""How scales are found. 'kl', the tool's default, cuts activations off much
lower where there are as few crops as here."""
_PAGE = 'docs/how_to/time_other_engines.md says how to build them'


def quantise_for_ncnn(
    folder: Union[str, Path],
    tools: Union[str, Path],
    images: Optional[Union[str, Path]] = None,
    max_images: int = MAX_IMAGES,
) -> Dict[str, Any]:
    """Add ``model.int8.ncnn.param`` and ``.bin`` to a bundle, or make anew.

    Args:
        folder: a bundle.
        tools: folder with ``ncnn2table`` and ``ncnn2int8``.
        images, max_images: see :func:`.int8.quantise_bundle`.

    Returns:
        What ``model.int8.ncnn.json`` says: ``calibration`` in words, ``crops``
        (their number), ``judged_by_them`` (whether parity is measured on the
        same), ``method`` and ``put_back`` (kinds of layers, and which of
        their parameters ``ncnn2int8`` had left out, most at their defaults).

    Raises:
        FileNotFoundError: a tool is missing.
        ImportError: ncnn is not installed.
        ValueError: the bundle is damaged, ``images`` holds no image or one
            that cannot be read, a tool fails, or what it wrote is another
            network.
    """
    spec, folder = open_bundle(folder), Path(folder)
    commands = find_tools(tools)
    inputs, told = calibration_inputs(folder, spec, images, max_images)
    with tempfile.TemporaryDirectory(prefix='lightkpt-int8-') as work:
        param, weights = (
            Path(work) / INT8_PARAM_FILE,
            Path(work) / INT8_BIN_FILE,
        )
        run_tools(commands, folder, inputs, param, weights)
        text, dropped = put_back(
            (folder / PARAM_FILE).read_text('utf-8'), param.read_text('utf-8')
        )
        param.write_text(text, 'utf-8')
        check_loadable(param, weights, spec.input_size)
        runtime = NcnnRuntime(work, spec, 1, 'int8')
        check_resemblance(runtime, spec, ParityCase.load(folder))
        made = {file.name: file.read_bytes() for file in (param, weights)}
    facts = dict(
        calibration=f'{len(inputs)} crops of {told}',
        crops=len(inputs),
        judged_by_them=images is None,
        method=METHOD,
        put_back=dropped,
    )
    made[INT8_FACTS_FILE] = (json.dumps(facts, indent=2) + '\n').encode()
    add_files(folder, made)
    return facts


def find_tools(folder: Union[str, Path]) -> List[Path]:
    """Paths of both tools.

    Raises:
        FileNotFoundError: one is missing; the message names it.
    """
    found = [Path(folder).resolve() / name for name in TOOLS]
    for path in found:
        if not path.is_file():
            raise FileNotFoundError(
                f'{folder}: no {path.name} here; {" and ".join(TOOLS)} come '
                f'with the source of ncnn, and {_PAGE}'
            )
    return found


def run_tools(
    commands: Sequence[Path],
    bundle: Path,
    inputs: Sequence[np.ndarray],
    param: Path,
    weights: Path,
) -> None:
    """Write an int8 network, calibrated on exactly the given inputs.

    Args:
        commands: paths of ``ncnn2table`` and ``ncnn2int8``.
        bundle: folder of the network in fp32.
        inputs: (3, h, w) float32 each, normalised.
        param, weights: files to write, in a folder for temporary files.

    Raises:
        ValueError: a tool ended with an error or wrote nothing.
    """
    work = param.parent
    files = [work / f'{i}.npy' for i in range(len(inputs))]
    for file, x in zip(files, inputs):
        np.save(file, np.ascontiguousarray(x, np.float32))
    names, table = work / 'inputs.txt', work / 'scales.table'
    names.write_text('\n'.join(map(str, files)) + '\n', 'utf-8')
    channels, height, width = inputs[0].shape
    source = [str(bundle.resolve() / name) for name in (PARAM_FILE, BIN_FILE)]
    # type=1: .npy files, taken as they are, without a mean or a resize
    options = f'shape=[{width},{height},{channels}]', f'method={METHOD}'
    words = [str(names), str(table), *options, 'thread=1', 'type=1']
    _run([str(commands[0]), *source, *words], [table])
    made = [param, weights]
    words = [*map(str, made), str(table)]
    _run([str(commands[1]), *source, *words], made)


def _run(command: Sequence[str], made: Sequence[Path]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, errors='replace', check=False
    )
    is_made = all(file.is_file() and file.stat().st_size for file in made)
    if done.returncode == -signal.SIGILL:
        raise ValueError(
            f'{Path(command[0]).name} was built for another processor; {_PAGE}'
        )
    if done.returncode or not is_made:
        said = (done.stderr.strip().splitlines() or ['no message'])[-1]
        raise ValueError(
            f'{Path(command[0]).name} failed (code {done.returncode}): {said}'
        )


def check_resemblance(
    runtime: NcnnRuntime, spec: ModelSpec, case: ParityCase
) -> None:
    """Refuse a network that explains nothing of what torch computed.

    int8 is not judged by its shifts, so this has to tell a coarse network
    from a wrong one: an output is wrong if its mean squared error is not
    below the variance of torch's, which the mean alone would reach.

    Raises:
        ValueError: an output is wrong, or holds NaN.
    """
    crops = case.crops[: len(case.outputs[0])]
    found = zip(*(runtime.run(to_input(crop, spec)) for crop in crops))
    for name, ours, theirs in zip(spec.outputs, found, case.outputs):
        error = float(np.mean((np.stack(ours) - theirs) ** 2))
        variance = float(np.var(theirs))
        if not error < variance:
            raise ValueError(
                f'{spec.name}: {TOOLS[1]} wrote another network: output '
                f'{name!r} has a mean squared error of {error:.3g} where '
                f"torch's has a variance of {variance:.3g}"
            )
