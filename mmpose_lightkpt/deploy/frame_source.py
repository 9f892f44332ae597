"""Frames of a camera or of a video.

OpenCV reads them and is imported only when a stream is opened. It tells of
failures by return values and on the standard error; here they become one
exception with one line, and its own messages are kept quiet.
"""

import os
import sys
from pathlib import Path
from typing import Any, Iterator, Union

import numpy as np

from .draw import import_cv2


class FrameSource:
    """Frames of a camera or a video, one after the other.

    Args:
        source: number of a camera, or a file or an address that OpenCV reads.

    Attributes:
        name: for messages: ``camera 0``, or the file.
        is_camera: whether it never ends by itself.
        fps: frames per second as the file says; None if unknown or a camera.
        count: frames given so far.

    Raises:
        ValueError: if it cannot be opened; the message says what to do.
        ImportError: if OpenCV is missing.
    """

    def __init__(self, source: Union[int, str]) -> None:
        cv2 = import_cv2()
        self.is_camera = isinstance(source, int)
        self.name = f'camera {source}' if self.is_camera else str(source)
        if not self.is_camera and '://' not in source and '%' not in source:
            if not Path(source).exists():
                raise ValueError(f'{source}: no such video')
            if Path(source).is_dir():
                raise ValueError(f'{source}: a folder, not a video')
        os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
        if hasattr(cv2, 'setLogLevel'):
            cv2.setLogLevel(0)
        self._capture = cv2.VideoCapture(source)
        if not self._capture.isOpened():
            self._capture.release()
            raise ValueError(self._why_closed(source))
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if not self.is_camera and 0 < fps <= 1000 else None
        if self.is_camera:  # the newest frame, not one from a queue
            self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.count = 0

    def __enter__(self) -> 'FrameSource':
        return self

    def __exit__(self, *error: Any) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield uint8 (H, W, 3) in BGR until the file ends.

        Frames may change their size: a phone is turned, and a pattern of
        pictures holds what it holds.

        Raises:
            ValueError: if there is no frame at all, or if a camera gives no
                more.
        """
        while True:
            good, frame = self._capture.read()
            if not good or frame is None:
                break
            self.count += 1
            yield frame
        if self.is_camera:
            raise ValueError(
                f'{self.name} gives no more frames after {self.count}: '
                'is it still plugged in?'
                if self.count
                else f'{self.name} gives no frames: is it a camera, and does '
                'no other program use it?'
            )
        if not self.count:
            raise ValueError(f'{self.name}: holds no frame that can be read')

    def _why_closed(self, source: Union[int, str]) -> str:
        if not self.is_camera:
            return f'{self.name}: not a video that can be read'
        if sys.platform.startswith('linux'):
            device = Path(f'/dev/video{source}')
            if not device.exists():
                found = sorted(
                    p.name[5:] for p in device.parent.glob('video*')
                )
                return f'{self.name}: no such camera; ' + (
                    'this machine has the numbers ' + ', '.join(found)
                    if found
                    else 'none is plugged in'
                )
            if not os.access(device, os.R_OK | os.W_OK):
                return (
                    f'{self.name}: no permission for {device}: '
                    '`sudo usermod -aG video $USER`, then log in again'
                )
        return (
            f'{self.name} cannot be opened: is it a camera, and does no '
            'other program use it?'
        )
