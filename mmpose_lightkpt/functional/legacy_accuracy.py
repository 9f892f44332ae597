"""The accuracy that fire717's MoveNet code reports, with its two faults.

It is here to be compared with old logs, and for nothing else; use
:mod:`.pck`.
"""

import numpy as np

__all__ = ['fire717_hits']

ABSENT = -1.0
"""Where that code puts a joint that it does not see or has no label for."""


def fire717_hits(
    pred: np.ndarray,
    scores: np.ndarray,
    gt: np.ndarray,
    visible: np.ndarray,
    threshold: float = 5.0,
    reference: float = 192.0,
    score_threshold: float = 0.1,
) -> np.ndarray:
    r"""Say which joints ``myAcc`` of fire717/movenet.pytorch calls right.

    .. math:: \Delta x^2 + \Delta y^2 < \text{threshold} / \text{reference}

    in shares of the crop. The distance is squared and the bound is not, so
    that 5 of 192 pixels become :math:`\sqrt{5 / 192} = 0.161` of the crop,
    31 pixels. A joint without a label is right if the score is below
    ``score_threshold``, else wrong; it counts like any other.

    Args:
        pred: predicted joints (N, K, 2), shares of the crop.
        scores: (N, K) in [0, 1].
        gt: true joints (N, K, 2), shares of the crop.
        visible: labels (N, K); above 0 means labelled.
        threshold: the bound that was meant, in pixels.
        reference: side of the crop, in pixels.
        score_threshold: below it a joint is called absent.

    Returns:
        Hits (N, K), bool, whose mean over all N x K is the accuracy.
    """
    seen = (np.asarray(scores) >= score_threshold)[..., None]
    labelled = (np.asarray(visible) > 0)[..., None]
    away = np.where(seen, pred, ABSENT) - np.where(labelled, gt, ABSENT)
    return np.square(away).sum(-1) < threshold / reference
