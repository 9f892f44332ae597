"""How long the stages of the last frames took."""

from collections import deque
from typing import Deque, Dict, Tuple

import numpy as np

from .statistics import Summary, summarise

STAGES = ('pre', 'forward', 'decode', 'follow', 'draw')
_KEPT = 1000  # frames of which times are kept: a camera may run for days
_SHOWN = 15  # frames of which the times on the picture are the median


class FrameTimes:
    """Times of the last thousand frames, in milliseconds."""

    def __init__(self) -> None:
        self._stages: Deque[Tuple[float, ...]] = deque(maxlen=_KEPT)
        self._ends: Deque[float] = deque(maxlen=_KEPT)

    def add(self, clocks: Tuple[float, ...]) -> None:
        """Take the readings around each stage, len(STAGES) + 1 seconds."""
        self._stages.append(tuple(1e3 * np.diff(clocks)))
        self._ends.append(clocks[-1])

    def fps(self, frames: int = _KEPT) -> float:
        """Frames per second, all that happens between them included."""
        ends = list(self._ends)[-frames - 1 :]
        passed = ends[-1] - ends[0] if ends else 0
        return (len(ends) - 1) / passed if passed > 0 else 0.0

    def summaries(self) -> Dict[str, Summary]:
        """Stage -> statistics; empty without a frame."""
        columns = zip(*self._stages)
        return {name: summarise(col) for name, col in zip(STAGES, columns)}

    def line(self) -> str:
        """The times as they are now, in one line."""
        if not self._stages:
            return ''
        recent = np.median(list(self._stages)[-_SHOWN:], axis=0)
        parts = [f'{name} {ms:.1f}' for name, ms in zip(STAGES, recent)]
        return f'{"  ".join(parts)} ms  {self.fps(_SHOWN):.1f} fps'
