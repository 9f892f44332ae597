"""What every engine checks alike: its options, its input, its outputs.

An engine reports a NaN or a wrong shape as success; a pose made of it would
look like a pose.
"""

from pathlib import Path
from typing import Any, List, Sequence

import numpy as np

from ..spec import ModelSpec


def check_options(
    who: str, threads: Any, precision: str, known: Sequence[str]
) -> None:
    """Raise a ValueError for options that an engine does not have.

    Args:
        who: class of the runtime, named in the message.
        threads: threads of one inference, an integer of at least 1.
        precision: the one asked for.
        known: those the engine has.
    """
    if precision not in known:
        raise ValueError(
            f'{who}: unknown precision {precision!r}; known are {list(known)}'
        )
    if (
        isinstance(threads, bool)
        or not isinstance(threads, int)
        or threads < 1
    ):
        raise ValueError(
            f'{who}: threads must be an integer of at least 1, got {threads!r}'
        )


def check_file(path: Path, remedy: str) -> None:
    """Raise a FileNotFoundError that says how to make a missing file."""
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist; {remedy}')


def check_names(
    path: Path, spec: ModelSpec, inputs: List[str], outputs: List[str]
) -> None:
    """Raise a ValueError unless a network has the blobs that exports give.

    Args:
        path: its file.
        spec: the bundle's spec.
        inputs: names of its inputs: in0.
        outputs: names of its outputs: out0, out1, ... in any order.
    """
    expected = output_names(spec)
    if inputs != ['in0'] or sorted(outputs) != sorted(expected):
        raise ValueError(
            f'{path}: expected the blobs in0 and {expected} for '
            f'the outputs {list(spec.outputs)}, got {inputs} and '
            f'{outputs}'
        )


def output_names(spec: ModelSpec) -> List[str]:
    """out0, out1, ...: names of a network's outputs, in the spec's order."""
    return [f'out{i}' for i in range(len(spec.outputs))]


def check_input(who: str, x: np.ndarray, spec: ModelSpec) -> None:
    """Raise a ValueError unless x is (3, H, W) float32 of the spec's size."""
    width, height = spec.input_size
    if x.shape != (3, height, width) or x.dtype != np.float32:
        raise ValueError(
            f'{who}: expected a float32 input of shape '
            f'{(3, height, width)}, got {x.dtype} of shape {x.shape}'
        )


def check_outputs(
    who: str,
    outputs: List[np.ndarray],
    spec: ModelSpec,
    precision: str,
    finite: bool = True,
) -> None:
    """Raise a ValueError for a missing or misshapen output, or for NaN.

    Args:
        who: class of the runtime, named in the message.
        outputs: without batch axis, in the spec's order.
        spec: says their names and, if it knows, their shapes.
        precision: named in the message.
        finite: False lets NaN and infinity pass.
    """
    if len(outputs) != len(spec.outputs):
        raise ValueError(
            f'{who}: got {len(outputs)} outputs, the spec says '
            f'{len(spec.outputs)}: {list(spec.outputs)}'
        )
    shapes = spec.output_shapes or [out.shape for out in outputs]
    for name, shape, out in zip(spec.outputs, shapes, outputs):
        if out.shape != tuple(shape):
            raise ValueError(
                f'{who}: output {name!r} has shape '
                f'{out.shape}, the spec says {tuple(shape)}'
            )
        with np.errstate(invalid='ignore', over='ignore'):
            is_finite = np.isfinite(out.sum())
        if finite and not is_finite:
            raise ValueError(
                f'{who}: output {name!r} holds NaN or infinity in '
                f'{precision}; try the precision fp32'
            )
