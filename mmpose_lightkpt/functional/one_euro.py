r"""The one-euro filter: smooth at rest, quick in motion.

A first-order low-pass whose cut-off grows with the speed (Casiez, Roussel and
Vogel, CHI 2012), with the soft limit on a step that MediaPipe and tfjs add:

.. math::
    y \leftarrow y + \alpha(f_c)\, l\, \operatorname{asinh}\frac{x - y}{l},
    \qquad \alpha(f_c) = \frac{1}{1 + 1 / (2 \pi f_c T)}

with T the time since the last value, f_c = ``min_cutoff_hz`` + ``beta`` |v|,
l = ``limit`` + ``limit_s`` |v|, and v the speed, itself low-passed at
``speed_cutoff_hz``. What follows from it:

- At rest a weak noise's standard deviation becomes sqrt(alpha / (2 - alpha))
  of what it was: past values weigh alpha (1 - alpha)^i.
- At a constant speed v the answer lags by v / (2 pi f_c): by 1 / (2 pi beta)
  at most, however fast, as long as a step is small against l.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = ['OneEuro', 'smoothing_factor', 'soft_step']


class OneEuro(NamedTuple):
    """The constants; those of tfjs for MoveNet if nothing else is said.

    They are for coordinates in shares of the frame's width and height.
    """

    min_cutoff_hz: float = 2.5
    beta: float = 300.0
    """Hz of cut-off for a speed of one frame's width in a second."""
    speed_cutoff_hz: float = 2.5
    limit: float = 0.5
    limit_s: float = 5.0
    """Seconds: what the limit grows by with the speed."""


def smoothing_factor(cutoff_hz: np.ndarray, interval_s: float) -> np.ndarray:
    """Weight alpha of a new value, in (0, 1), for cut-offs above 0."""
    return 1 / (1 + 1 / (2 * math.pi * interval_s * cutoff_hz))


def soft_step(difference: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """A step that is almost ``difference`` below ``limit``, and grows only as
    its logarithm beyond."""
    return limit * np.arcsinh(difference / limit)
