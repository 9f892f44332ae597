"""Estimate, draw and time one person's pose, frame after frame."""

import time
from collections import deque
from typing import Any, Callable, Deque, Dict, NamedTuple, Optional, Tuple

import numpy as np

from .boxes import Box
from .draw import draw_skeleton, import_cv2
from .follow import FollowRule, next_box
from .frame_source import FrameSource
from .statistics import Summary, summarise
from .video_recorder import VideoRecorder
from .window import Window

STAGES = ('pre', 'forward', 'decode', 'draw')
_KEPT = 1000  # frames of which times are kept: a camera may run for days
_SHOWN = 15  # frames of which the times on the picture are the median
_GREY = (190, 190, 190)


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


class LivePose:
    """Draws one person into each frame and remembers where it was.

    Args:
        pipeline: a :class:`~.pipeline.PosePipeline`.
        box: x1, y1, x2, y2 in pixels, the same for each frame; None follows
            the person, from the whole frame on.
        score_threshold: joints below it are neither drawn nor followed.
        mirror: give the drawn frame back as a mirror would.

    Attributes:
        box: where the next frame is searched; None is the whole of it.
        times: a :class:`FrameTimes`.
    """

    def __init__(
        self,
        pipeline: Any,
        box: Optional[Box] = None,
        score_threshold: float = 0.2,
        mirror: bool = False,
    ) -> None:
        self.pipeline = pipeline
        self.box = box
        self.times = FrameTimes()
        self._fixed = box is not None
        self._rule = FollowRule(score_threshold=score_threshold)
        self._mirror = mirror

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Draw into a copy of a frame, uint8 (H, W, 3) in BGR.

        Raises:
            ValueError: if the box lies outside of the frame, or NaN comes
                out of the network.
        """
        height, width = frame.shape[:2]
        if self._fixed:
            x1, y1, x2, y2 = self.box
            if x1 >= width or y1 >= height or x2 <= 0 or y2 <= 0:
                raise ValueError(
                    f'the box {x1:g},{y1:g},{x2:g},{y2:g} lies outside of '
                    f'the frame, which is {width}x{height}'
                )
        now = time.perf_counter
        clocks = [now()]
        tensor, warp = self.pipeline.preprocess(frame, self.box)
        clocks.append(now())
        outputs = self.pipeline.forward(tensor)
        clocks.append(now())
        keypoints, scores = self.pipeline.decode(outputs, warp)
        clocks.append(now())
        canvas = self._draw(frame, keypoints, scores)
        clocks.append(now())
        self.times.add(tuple(clocks))
        if not self._fixed:
            self.box = next_box(
                keypoints, scores, (width, height), self.box, self._rule
            )
        return canvas

    def _draw(
        self, frame: np.ndarray, keypoints: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        cv2 = import_cv2()
        spec = self.pipeline.spec
        canvas = draw_skeleton(
            frame,
            keypoints,
            scores,
            spec.skeleton_links,
            spec.keypoint_names,
            self._rule.score_threshold,
        )
        if self.box is not None:
            x1, y1, x2, y2 = (int(round(value)) for value in self.box)
            cv2.rectangle(canvas, (x1, y1), (x2 - 1, y2 - 1), _GREY, 1)
        if self._mirror:
            canvas = cv2.flip(canvas, 1)
        # The time of this drawing is not known yet: those before are shown.
        write_line(canvas, self.times.line())
        return canvas


def write_line(canvas: np.ndarray, text: str) -> None:
    """Write white on black into the upper left corner, as wide as it fits."""
    if not text:
        return
    cv2 = import_cv2()
    font = cv2.FONT_HERSHEY_SIMPLEX
    (width, height), _ = cv2.getTextSize(text, font, 1, 1)
    scale = min(canvas.shape[1] * 0.96 / width, canvas.shape[0] / 900)
    corner = (int(canvas.shape[1] * 0.02), int(height * scale * 1.8) + 1)
    for color, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(
            canvas, text, corner, font, scale, color, thick, cv2.LINE_AA
        )


class Ended(NamedTuple):
    """How a run ended."""

    frames: int
    interrupted: bool
    """By Ctrl-C."""
    error: Optional[str]
    """What broke it off, in one line."""


def run_live(
    source: FrameSource,
    live: LivePose,
    recorder: Optional[VideoRecorder] = None,
    window: Optional[Window] = None,
    limit: Optional[int] = None,
    progress: Optional[Callable[[str], None]] = None,
) -> Ended:
    """Draw frame after frame until the source ends or somebody stops it.

    The recorder and the window are closed however it ends, so that what was
    recorded can be played.

    Args:
        source: the frames.
        live: draws them.
        recorder: takes the drawn frames.
        window: shows them.
        limit: end after so many frames.
        progress: called every few seconds with the times in one line.

    Raises:
        OSError: if the recording cannot be finished.
    """
    done, told = 0, time.perf_counter()
    interrupted, error = False, None
    try:
        for frame in source:
            taken = time.perf_counter()
            canvas = live(frame)
            done += 1
            if recorder:
                recorder.write(canvas, taken)
            if progress and taken - told >= 3:
                told = taken
                progress(f'frame {done}: {live.times.line()}')
            if window and not window.show(canvas) or done == limit:
                break
    except KeyboardInterrupt:
        interrupted = True
    except (ValueError, OSError) as broken:
        error = str(broken)
    finally:
        if window:
            window.close()
        if recorder:
            recorder.close()
    return Ended(done, interrupted, error)
