"""Write drawn frames to a video, whole or not at all."""

import os
from pathlib import Path
from typing import Any, List, Optional, Tuple, Union

import numpy as np

from .draw import import_cv2

CODECS = {'.mp4': 'mp4v', '.avi': 'MJPG'}
"""Suffix of a video that can be written -> its codec, in every OpenCV."""
_MEASURED = 8  # frames that tell how fast a camera's video is to be


class VideoRecorder:
    """Write frames to a video, which appears when it is complete.

    A file's frames are written one by one. A camera's come as fast as the
    model is: the first of them tell the rate, and from then on a frame is
    repeated or left out so that the video lasts as long as it took.

    Args:
        path: ends in one of :data:`CODECS`; its folder is made when needed.
        fps: frames per second; None measures them.

    Raises:
        ValueError: if there is no such format.
    """

    def __init__(self, path: Union[str, Path], fps: Optional[float]) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() not in CODECS:
            raise ValueError(
                f'{path}: a video must end in one of ' + ', '.join(CODECS)
            )
        self.fps = fps
        self.written = 0
        self._paced = fps is None
        self._held: List[Tuple[np.ndarray, float]] = []
        self._first = 0.0
        self._writer: Any = None
        self._size = (0, 0)  # (w, h) of the video
        self._partial = self.path.with_name(
            f'.{self.path.stem}.{os.getpid()}{self.path.suffix}'
        )

    def write(self, frame: np.ndarray, seconds: float) -> None:
        """Add a frame.

        Args:
            frame: uint8 (H, W, 3), BGR; an odd row or column is cut off, as
                most players expect even sizes. One of another size than the
                first is scaled to fit and centred on black.
            seconds: when it was taken, on any clock.

        Raises:
            OSError: if the video cannot be written.
        """
        if not self.written and not self._held:
            self._first = seconds
        self._held.append((frame, seconds))
        if self.fps is None:
            if len(self._held) < _MEASURED:
                return
            self._measure()
        self._flush()

    def close(self) -> None:
        """Finish the file; without a frame there will be none.

        Raises:
            OSError: if the video cannot be written.
        """
        if self._held:
            if self.fps is None:
                self._measure()
            self._flush()
        if self._writer is not None:
            self._writer.release()
            self._writer = None
            # OpenCV does not tell of a full disk.
            if not self._partial.is_file() or not _has_frames(self._partial):
                self._partial.unlink(missing_ok=True)
                raise OSError(
                    f'{self.path}: writing failed, is the disk full?'
                )
            os.replace(self._partial, self.path)

    def _measure(self) -> None:
        """Take the rate of the frames that are held."""
        passed = self._held[-1][1] - self._held[0][1]
        rate = (len(self._held) - 1) / passed if passed > 0 else 30.0
        # Whole numbers are what every container can hold.
        self.fps = float(np.clip(round(rate), 1, 120))

    def _flush(self) -> None:
        for frame, seconds in self._held:
            due = 1
            if self._paced:
                due = frames_due(seconds - self._first, self.fps, self.written)
            for _ in range(due):
                self._add(frame)
        self._held.clear()

    def _add(self, frame: np.ndarray) -> None:
        if self._writer is None:
            size = [max(2, side - side % 2) for side in frame.shape[1::-1]]
            self._size = tuple(size)
            cv2 = import_cv2()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            code = cv2.VideoWriter_fourcc(*CODECS[self.path.suffix.lower()])
            self._writer = cv2.VideoWriter(
                str(self._partial), code, self.fps, self._size
            )
            if not self._writer.isOpened():
                self._writer = None
                raise OSError(f'{self.path}: the video cannot be written')
        self._writer.write(fit_frame(frame, self._size))
        self.written += 1


def _has_frames(path: Path) -> bool:
    """Whether the first frame of a file can be read."""
    capture = import_cv2().VideoCapture(str(path))
    good, _ = capture.read()
    capture.release()
    return good


def fit_frame(frame: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """Cut a frame by at most a pixel, or else scale it, to a size (w, h)."""
    width, height = size
    over = np.subtract(frame.shape[1::-1], size)
    if ((over >= 0) & (over <= 1)).all():
        return np.ascontiguousarray(frame[:height, :width])
    scale = min(width / frame.shape[1], height / frame.shape[0])
    inner = [max(1, int(side * scale)) for side in frame.shape[1::-1]]
    canvas = np.zeros((height, width, 3), np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    cv2 = import_cv2()
    canvas[y : y + inner[1], x : x + inner[0]] = cv2.resize(
        frame, inner, interpolation=cv2.INTER_AREA
    )
    return canvas


def frames_due(seconds: float, fps: float, written: int) -> int:
    """How often a frame taken at ``seconds`` goes into a video.

    Frame i of a video of ``fps`` is shown from i / fps on: one that is late
    fills the gap before it, one that is early is left out.
    """
    return max(0, int(seconds * fps + 0.5) + 1 - written)
