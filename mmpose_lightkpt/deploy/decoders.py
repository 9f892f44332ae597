"""Decoders by the ``type`` that a spec names.

A decoder turns the network's outputs (each with a batch axis) and the other
entries of ``spec.decoder`` into keypoints (N, M, K, 2) in input pixels and
scores (N, M, K) of M people: one, or ``max_people`` slots, of which those of
nobody are 0. The formulas live in :mod:`mmpose_lightkpt.functional`.
"""

from typing import Any, Callable, Dict, NamedTuple, Sequence, Tuple

import numpy as np

from ..functional import (
    bin_peaks,
    bins,
    heatmap_peaks,
    integral,
    movenet,
    movenet_multi,
    movenet_multi_margins,
    regression,
)


class Decoder(NamedTuple):
    """One decoding method.

    Attributes:
        decode: (*outputs, **parameters) -> keypoints, scores.
        margins: (*outputs, **parameters) -> (N, K), of several people
            (N, M, K), by how much the best answer of each joint beats the
            second best.
        outputs: names of the tensors that both take, in order; () if they
            take any number.
        scores: those of them whose values compete for the best answer.
    """

    decode: Callable
    margins: Callable
    outputs: Tuple[str, ...]
    scores: Tuple[str, ...]


def _find_nothing(
    *outputs: np.ndarray, num_keypoints: int, input_size: Tuple[int, int]
) -> Tuple[np.ndarray, np.ndarray]:
    """A bare backbone's answer: the middle of the input with score 0.

    It serves to time a backbone beside the networks that are built on it.
    """
    shape = (len(outputs[0]), 1, num_keypoints)
    middle = (np.asarray(input_size, np.float32) - 1) / 2
    keypoints = np.broadcast_to(middle, (*shape, 2)).copy()
    return keypoints, np.zeros(shape, np.float32)


def _no_margins(
    *outputs: np.ndarray, num_keypoints: int, input_size: Tuple[int, int]
) -> np.ndarray:
    """Zero (N, K): nothing was decided, so parity asks the features."""
    del input_size
    return np.zeros((len(outputs[0]), num_keypoints), np.float32)


DECODERS: Dict[str, Decoder] = dict(
    movenet=Decoder(
        movenet.decode,
        movenet.decode_margins,
        outputs=('center', 'heatmap', 'regression', 'offset'),
        scores=('center', 'heatmap'),
    ),
    movenet_multi=Decoder(
        movenet_multi.decode,
        movenet_multi_margins.decode_margins,
        outputs=(
            'center',
            'heatmap',
            'regression',
            'offset',
            'box_offset',
            'box_size',
        ),
        scores=('center', 'heatmap'),
    ),
    regression=Decoder(
        regression.decode,
        regression.decode_margins,
        outputs=('coordinates',),
        scores=(),
    ),
    integral=Decoder(
        integral.decode,
        integral.decode_margins,
        outputs=('heatmap',),
        scores=(),
    ),
    integral_sigma=Decoder(
        integral.decode,
        integral.decode_margins,
        outputs=('heatmap', 'sigma'),
        scores=(),
    ),
    heatmap=Decoder(
        heatmap_peaks.decode,
        heatmap_peaks.decode_margins,
        outputs=('heatmap',),
        scores=('heatmap',),
    ),
    simcc=Decoder(
        bins.decode,
        bins.decode_margins,
        outputs=('x_bins', 'y_bins'),
        scores=('x_bins', 'y_bins'),
    ),
    simcc_peaks=Decoder(
        bin_peaks.decode,
        bin_peaks.decode_margins,
        outputs=('x_bins', 'y_bins'),
        scores=('x_bins', 'y_bins'),
    ),
    none=Decoder(
        _find_nothing,
        _no_margins,
        outputs=('features',),
        scores=('features',),
    ),
    # A graph of which nothing is known; see deploy/bare_graph.py.
    graph=Decoder(_find_nothing, _no_margins, outputs=(), scores=()),
)


def get_decoder(spec_decoder: Dict[str, Any]) -> Tuple[Decoder, dict]:
    """Look up a decoder and split off its parameters.

    Args:
        spec_decoder: ``ModelSpec.decoder``.

    Returns:
        The decoder and the keyword arguments for its functions.

    Raises:
        ValueError: no decoder of that type.
    """
    parameters = dict(spec_decoder)
    kind = parameters.pop('type', None)
    if kind not in DECODERS:
        raise ValueError(
            f'decoder: unknown type {kind!r}; known are '
            f'{sorted(DECODERS)} (is mmpose_lightkpt older '
            'than the bundle?)'
        )
    return DECODERS[kind], parameters


def _call(
    function: Callable,
    decoder: Decoder,
    outputs: Sequence[np.ndarray],
    parameters: dict,
) -> Any:
    if decoder.outputs and len(outputs) != len(decoder.outputs):
        raise ValueError(
            f'decoder: expected {len(decoder.outputs)} outputs '
            f'{decoder.outputs}, got {len(outputs)}'
        )
    try:
        return function(*outputs, **parameters)
    except TypeError as error:
        raise ValueError(f'decoder: {error}') from error


def decode(
    spec_decoder: Dict[str, Any], outputs: Sequence[np.ndarray]
) -> Tuple[np.ndarray, np.ndarray]:
    """Decode a batch of network outputs: the first person of each image.

    Args:
        spec_decoder: ``ModelSpec.decoder``.
        outputs: one array (N, ...) per output, in the network's order.

    Returns:
        keypoints (N, K, 2) float32 in input pixels and scores (N, K).

    Raises:
        ValueError: unknown type, wrong number of outputs or a parameter
            that the decoder does not know.
    """
    keypoints, scores = decode_people(spec_decoder, outputs)
    return keypoints[:, 0], scores[:, 0]


def decode_people(
    spec_decoder: Dict[str, Any], outputs: Sequence[np.ndarray]
) -> Tuple[np.ndarray, np.ndarray]:
    """Decode a batch of network outputs: everybody in each image.

    Returns:
        keypoints (N, M, K, 2) float32 in input pixels and scores (N, M, K);
        where M > 1, scores of 0 alone mean that a slot is nobody's.

    Args and errors as in :func:`decode`.
    """
    decoder, parameters = get_decoder(spec_decoder)
    return _call(decoder.decode, decoder, outputs, parameters)


def decode_margins(
    spec_decoder: Dict[str, Any], outputs: Sequence[np.ndarray]
) -> np.ndarray:
    """Lead of each joint's best answer over its second best.

    Returns:
        (N, K), or (N, M, K) of a decoder of several people.

    Args and errors as in :func:`decode`.
    """
    decoder, parameters = get_decoder(spec_decoder)
    return _call(decoder.margins, decoder, outputs, parameters)
