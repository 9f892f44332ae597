"""Smooth one person's keypoints from frame to frame."""

import math
from typing import Optional, Tuple

import numpy as np

from ..functional.one_euro import OneEuro, smoothing_factor, soft_step

_SAME_TIME_S = 1e-6  # tfjs counts whole microseconds


class KeypointFilter:
    """The one-euro filter of :mod:`mmpose_lightkpt.functional.one_euro`.

    Each coordinate has a state of its own. The first keypoints pass through;
    so do those after a frame of another size, or after a time that lies
    before the last, since both start the filter anew (tfjs, which knows no
    sizes, lets everything through until its clock has caught up). Keypoints
    at the very time of the last pass through and change nothing.

    Args:
        constants: None takes those of tfjs.

    Raises:
        ValueError: a constant is out of its range.
    """

    def __init__(self, constants: Optional[OneEuro] = None) -> None:
        self.constants = constants or OneEuro()
        for name, value in self.constants._asdict().items():
            least = 0 if name in ('beta', 'limit_s') else 1e-9
            if not (math.isfinite(value) and value >= least):
                raise ValueError(
                    f'KeypointFilter: {name} must be '
                    f'{"0 or more" if least == 0 else "above 0"}, '
                    f'got {value!r}'
                )
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next keypoints pass through."""
        self._time_s = -math.inf
        self._size: Optional[Tuple[int, int]] = None

    def __call__(
        self, keypoints: np.ndarray, size: Tuple[int, int], time_s: float
    ) -> np.ndarray:
        """Smooth the keypoints of the next frame.

        Args:
            keypoints: (K, 2) in pixels of the frame.
            size: (w, h) of the frame in pixels.
            time_s: when it was taken, in seconds on any clock.

        Returns:
            (K, 2) float32 in pixels.

        Raises:
            ValueError: a coordinate or the time is NaN or infinite, or K is
                not that of the frame before.
        """
        points = np.asarray(keypoints, np.float64)
        if not (np.isfinite(points).all() and math.isfinite(time_s)):
            raise ValueError(
                'KeypointFilter: keypoints and time_s must be finite, got '
                f'{int((~np.isfinite(points)).sum())} coordinates that are '
                f'not, at {time_s!r} s'
            )
        interval_s = time_s - self._time_s
        if size != self._size or interval_s < 0:
            self._start(points, size, time_s)
        elif points.shape != self._raw.shape:
            raise ValueError(
                f'KeypointFilter: expected keypoints {self._raw.shape} as '
                f'before, got {points.shape}; reset() starts anew'
            )
        elif interval_s >= _SAME_TIME_S:
            return self._step(points, interval_s)
        return points.astype(np.float32)

    def _start(
        self, points: np.ndarray, size: Tuple[int, int], time_s: float
    ) -> None:
        self._size, self._time_s = size, time_s
        self._scale = np.array(size, np.float64)
        self._raw = points / self._scale
        self._smooth = self._raw
        self._speed = np.zeros_like(self._raw)

    def _step(self, points: np.ndarray, interval_s: float) -> np.ndarray:
        c = self.constants
        values = points / self._scale
        speed = (values - self._raw) / interval_s
        weight = smoothing_factor(c.speed_cutoff_hz, interval_s)
        self._speed = self._speed + weight * (speed - self._speed)
        quickness = np.abs(self._speed)
        alpha = smoothing_factor(
            c.min_cutoff_hz + c.beta * quickness, interval_s
        )
        step = soft_step(
            values - self._smooth, c.limit + c.limit_s * quickness
        )
        self._smooth = self._smooth + alpha * step
        self._raw = values
        self._time_s += interval_s
        return (self._smooth * self._scale).astype(np.float32)
