"""Object keypoint similarity, as COCO defines it.

.. math:: \\mathrm{OKS} = \\frac{1}{|V|} \\sum_{k \\in V}
    \\exp\\left(-\\frac{d_k^2}{2\\, s^2\\, (2\\sigma_k)^2}\\right)

with :math:`s^2` the person's area and V the labelled joints
(https://cocodataset.org/#keypoints-eval).
"""

from typing import Sequence

import numpy as np

__all__ = ['oks', 'sigmas_of']

COCO_SIGMAS = dict(
    nose=0.026,
    eye=0.025,
    ear=0.035,
    shoulder=0.079,
    elbow=0.072,
    wrist=0.062,
    hip=0.107,
    knee=0.087,
    ankle=0.089,
)
"""Of joints without their side."""
OTHER_SIGMA = 0.079
"""Of joints that COCO has not, like neck and top of the head: a shoulder's."""


def sigmas_of(names: Sequence[str]) -> np.ndarray:
    """COCO's standard deviations (K,) of joints by their K names.

    A name counts without a leading ``left_`` or ``right_``.
    """
    bare = (n.removeprefix('left_').removeprefix('right_') for n in names)
    return np.array([COCO_SIGMAS.get(name, OTHER_SIGMA) for name in bare])


def oks(
    pred: np.ndarray,
    gt: np.ndarray,
    visible: np.ndarray,
    area: np.ndarray,
    sigmas: np.ndarray,
) -> np.ndarray:
    """Compare predicted poses with true ones.

    The leading axes broadcast: ``oks(pred[:, None], gt[None], ...)`` is the
    matrix of all pairs.

    Args:
        pred: predicted joints (..., K, 2) in image pixels.
        gt: true joints (..., K, 2) in image pixels.
        visible: labels (..., K); above 0 means labelled. The others count
            for nothing, whatever their coordinates.
        area: area of the person (...,) in square pixels, positive.
        sigmas: the joints' standard deviations (K,) as COCO lists them.

    Returns:
        Similarities (...) in [0, 1]; 0 for a person without any labelled
        joint, where COCO's evaluation falls back on the box instead.
    """
    pred = np.asarray(pred, dtype=np.float64)
    gt = np.asarray(gt, dtype=np.float64)
    area = np.asarray(area, dtype=np.float64)
    sigmas = np.asarray(sigmas, dtype=np.float64)
    if sigmas.shape != (gt.shape[-2],):
        raise ValueError(
            f'oks: expected {gt.shape[-2]} sigmas, one per '
            f'joint, got shape {sigmas.shape}'
        )
    if not ((area > 0).all() and (sigmas > 0).all()):
        raise ValueError('oks: areas and sigmas must be positive')
    squared = ((pred - gt) ** 2).sum(axis=-1)
    labelled = np.broadcast_to(np.asarray(visible) > 0, squared.shape)
    similarity = np.exp(-squared / (2 * area[..., None] * (2 * sigmas) ** 2))
    total = np.where(labelled, similarity, 0.0).sum(axis=-1)
    return total / np.maximum(labelled.sum(axis=-1), 1)
