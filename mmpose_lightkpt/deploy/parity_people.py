"""Parity of a model of several people: each of torch's with its like.

A record has M slots of K joints for each crop, one slot for a model of one
person. Who is found twice or in addition is not judged.
"""

from typing import Sequence

import numpy as np

from . import decoders
from .spec import ModelSpec

__all__ = ['num_joints', 'person_shift', 'taken']


def num_joints(spec: ModelSpec) -> int:
    """M K, the joints of a crop in all slots of the model's decoder."""
    return spec.decoder.get('max_people', 1) * spec.num_keypoints


def taken(scores: np.ndarray, spec: ModelSpec) -> np.ndarray:
    """Which joints (N, M K) of recorded scores are somebody's, bool.

    One person is always there; of several, who has any score.
    """
    slots = scores.reshape(len(scores), -1, spec.num_keypoints)
    there = slots.any(-1, keepdims=True) | (slots.shape[1] == 1)
    return np.broadcast_to(there, slots.shape).reshape(scores.shape)


def person_shift(
    recorded: np.ndarray, spec: ModelSpec, outputs: Sequence[np.ndarray]
) -> np.ndarray:
    """How far each recorded joint is from the nearest person's.

    People are compared as a whole, by the median distance of their joints:
    two runtimes may give two equal centres in either order.

    Args:
        recorded: (M K, 2).
        spec: says how to decode.
        outputs: of a runtime for the same crop, each with a batch axis of 1.

    Returns:
        (M K,) in px; where the runtime found nobody at all, the diagonal of
        the input.
    """
    keypoints, scores = (
        part[0] for part in decoders.decode_people(spec.decoder, outputs)
    )
    if len(keypoints) > 1:
        keypoints = keypoints[scores.any(-1)]
    if not len(keypoints):
        return np.full(len(recorded), np.hypot(*spec.input_size))
    people = recorded.reshape(-1, 1, *keypoints.shape[1:])
    away = np.linalg.norm(people - keypoints, axis=-1)
    nearest = np.median(away, axis=-1).argmin(axis=1)
    return away[np.arange(len(people)), nearest].ravel()
