"""Estimate, follow, draw and time poses, frame after frame."""

import time
from typing import Any, Callable, Iterable, List, NamedTuple, Optional

import numpy as np

from .boxes import Box, without_padding
from .follow import PersonFollower
from .frame_times import FrameTimes
from .overlay import draw_poses, write_line
from .people import PeopleFollower
from .pose import Pose, Size
from .video_recorder import VideoRecorder
from .window import Window


class LivePose:
    """Draws the people of each frame and remembers where they were.

    A pipeline that decodes one person, keypoints (K, 2), follows that one. A
    pipeline that decodes several, (P, K, 2) with the most certain first, sees
    whole frames, and its people are drawn with numbers.

    Args:
        pipeline: a :class:`~.pipeline.PosePipeline`.
        box: x1, y1, x2, y2 in pixels, the same for each frame; None follows
            the person, from the whole frame on.
        score_threshold: joints below it are neither drawn nor followed.
        mirror: give the drawn frame back as a mirror would.
        smooth: filter the keypoints.

    Attributes:
        person: a :class:`~.follow.PersonFollower`.
        people: a :class:`~.people.PeopleFollower`.
        times: a :class:`~.frame_times.FrameTimes`.
    """

    def __init__(
        self,
        pipeline: Any,
        box: Optional[Box] = None,
        score_threshold: float = 0.2,
        mirror: bool = False,
        smooth: bool = True,
    ) -> None:
        self.pipeline = pipeline
        names = pipeline.spec.keypoint_names
        self.person = PersonFollower(
            names,
            score_threshold=score_threshold,
            from_boxes=pipeline.spec.decoder['type'] != 'movenet',
            smooth=smooth,
        )
        self.people = PeopleFollower(names, score_threshold, smooth=smooth)
        self.times = FrameTimes()
        self._fixed = box
        self._score_threshold = score_threshold
        self._mirror = mirror

    def __call__(self, frame: np.ndarray, time_s: float) -> np.ndarray:
        """Draw into a copy of a frame.

        Args:
            frame: uint8 (H, W, 3) in BGR.
            time_s: when it was taken, in seconds on any clock.

        Raises:
            ValueError: if the box lies outside of the frame, or NaN comes
                out of the network.
        """
        size = frame.shape[1::-1]
        now = time.perf_counter
        clocks = [now()]
        box = shown = self._fixed
        if box is None:
            shown = self.person.crop(size)
            # The square is all that the network is to see.
            box = without_padding(shown, self.pipeline.spec.padding)
        else:
            _check_box(box, size)
        tensor, warp = self.pipeline.preprocess(frame, box)
        clocks.append(now())
        outputs = self.pipeline.forward(tensor)
        clocks.append(now())
        keypoints, scores = self.pipeline.decode(outputs, warp)
        clocks.append(now())
        poses = self._follow(keypoints, scores, size, time_s)
        clocks.append(now())
        canvas = draw_poses(
            frame,
            poses,
            shown,
            self.pipeline.spec,
            self._score_threshold,
            self._mirror,
        )
        # The time of this drawing is not known yet: those before are shown.
        write_line(canvas, self.times.line())
        clocks.append(now())
        self.times.add(tuple(clocks))
        return canvas

    def _follow(
        self,
        keypoints: np.ndarray,
        scores: np.ndarray,
        size: Size,
        time_s: float,
    ) -> List[Pose]:
        if keypoints.ndim == 3:
            return self.people.update(keypoints, scores, size, time_s)
        pose = self.person.update(keypoints, scores, size, time_s)
        return [] if pose is None else [pose]


def _check_box(box: Box, size: Size) -> None:
    x1, y1, x2, y2 = box
    if x1 >= size[0] or y1 >= size[1] or x2 <= 0 or y2 <= 0:
        raise ValueError(
            f'the box {x1:g},{y1:g},{x2:g},{y2:g} lies outside of '
            f'the frame, which is {size[0]}x{size[1]}'
        )


class Ended(NamedTuple):
    """How a run ended."""

    frames: int
    interrupted: bool
    """By Ctrl-C."""
    error: Optional[str]
    """What broke it off, in one line."""


def run_live(
    source: Iterable[np.ndarray],
    live: LivePose,
    recorder: Optional[VideoRecorder] = None,
    window: Optional[Window] = None,
    limit: Optional[int] = None,
    progress: Optional[Callable[[str], None]] = None,
    fps: Optional[float] = None,
) -> Ended:
    """Draw frame after frame until the source ends or somebody stops it.

    The recorder and the window are closed however it ends, so that what was
    recorded can be played.

    Args:
        source: the frames, uint8 (H, W, 3) in BGR.
        live: draws them.
        recorder: takes the drawn frames.
        window: shows them.
        limit: end after so many frames.
        progress: called every few seconds with the times in one line.
        fps: frames per second of a file, which has the time of its frames
            from it; None takes the clock.

    Raises:
        OSError: if the recording cannot be finished.
    """
    done, told = 0, time.perf_counter()
    interrupted, error = False, None
    try:
        for frame in source:
            taken = time.perf_counter()
            canvas = live(frame, done / fps if fps else taken)
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
