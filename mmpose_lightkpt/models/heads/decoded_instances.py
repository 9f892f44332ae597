"""A head's outputs to MMPose's instances, by the board's own function."""

from __future__ import annotations

from typing import Callable, Sequence

import numpy as np
from mmengine.structures import InstanceData
from mmpose.utils.tensor_utils import to_numpy
from mmpose.utils.typing import InstanceList
from torch import Tensor

__all__ = ['decoded_instances']


def decoded_instances(
    owner: object, decode: Callable, outputs: Sequence[Tensor], spec: dict
) -> InstanceList:
    """Decode a batch in numpy.

    Args:
        owner: the head, for messages.
        decode: a function of :mod:`mmpose_lightkpt.functional`.
        outputs: of ``forward``, each with the batch first.
        spec: the head's ``decode_spec``.

    Returns:
        Per image ``keypoints`` (M, K, 2) and ``keypoint_scores`` (M, K).

    Raises:
        ValueError: an output holds NaN or infinity.
    """
    arrays = [to_numpy(output.float()) for output in outputs]
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            f'{type(owner).__name__}: the outputs hold NaN or infinity; the '
            'network diverged'
        )
    parameters = {k: v for k, v in spec.items() if k != 'type'}
    return [
        InstanceData(keypoints=keypoints, keypoint_scores=scores)
        for keypoints, scores in zip(*decode(*arrays, **parameters))
    ]
