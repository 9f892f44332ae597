"""Decoders by the ``type`` that a spec names.

A decoder turns the network's outputs (each with a batch axis) and the other
entries of ``spec.decoder`` into keypoints (N, 1, K, 2) in input pixels and
scores (N, 1, K). The formulas live in :mod:`mmpose_lightkpt.functional`.
"""

from typing import Any, Callable, Dict, NamedTuple, Sequence, Tuple

import numpy as np

from ..functional import movenet


class Decoder(NamedTuple):
    """One decoding method.

    Attributes:
        decode: (*outputs, **parameters) -> keypoints, scores.
        margins: (*outputs, **parameters) -> (N, K), by how much the best
            answer of each joint beats the second best.
        outputs: names of the tensors that both take, in order.
        scores: those of them whose values compete for the best answer.
    """

    decode: Callable
    margins: Callable
    outputs: Tuple[str, ...]
    scores: Tuple[str, ...]


DECODERS: Dict[str, Decoder] = dict(
    movenet=Decoder(
        movenet.decode,
        movenet.decode_margins,
        outputs=('center', 'heatmap', 'regression', 'offset'),
        scores=('center', 'heatmap'),
    )
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
    if len(outputs) != len(decoder.outputs):
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
    """Decode a batch of network outputs.

    Args:
        spec_decoder: ``ModelSpec.decoder``.
        outputs: one array (N, ...) per output, in the network's order.

    Returns:
        keypoints (N, K, 2) float32 in input pixels and scores (N, K).

    Raises:
        ValueError: unknown type, wrong number of outputs or a parameter
            that the decoder does not know.
    """
    decoder, parameters = get_decoder(spec_decoder)
    keypoints, scores = _call(decoder.decode, decoder, outputs, parameters)
    return keypoints[:, 0], scores[:, 0]


def decode_margins(
    spec_decoder: Dict[str, Any], outputs: Sequence[np.ndarray]
) -> np.ndarray:
    """Lead of each joint's best answer over its second best, (N, K).

    Args and errors as in :func:`decode`.
    """
    decoder, parameters = get_decoder(spec_decoder)
    return _call(decoder.margins, decoder, outputs, parameters)
