"""A window where there is a screen, and the reason where there is none."""

import os
import subprocess
import sys
from typing import Optional

import numpy as np

from .draw import import_cv2

_PROBE = 'import cv2; cv2.namedWindow("probe"); cv2.destroyAllWindows()'


class Window:
    """A window that shows frames and hears q, Esc and its being closed.

    Args:
        title: its title.
    """

    def __init__(self, title: str) -> None:
        self._cv2 = import_cv2()
        self._title = title
        self._cv2.namedWindow(title, self._cv2.WINDOW_NORMAL)
        self._sized = False

    def show(self, frame: np.ndarray) -> bool:
        """Show a frame; False asks to stop."""
        cv2 = self._cv2
        if not self._sized:
            cv2.resizeWindow(self._title, frame.shape[1], frame.shape[0])
            self._sized = True
        cv2.imshow(self._title, frame)
        key = cv2.waitKey(1) & 0xFF
        visible = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) > 0
        return visible and key not in (ord('q'), 27)

    def close(self) -> None:
        """Close the window."""
        self._cv2.destroyAllWindows()


def why_no_window() -> Optional[str]:
    """The reason why no window can be shown, or None if one can.

    It is tried in a process of its own: Qt ends the whole process when the
    display that the environment names cannot be reached.
    """
    if sys.platform.startswith('linux') and not (
        os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
    ):
        return 'there is no screen'
    try:
        done = subprocess.run(
            [sys.executable, '-c', _PROBE],
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 'the screen does not answer'
    if done.returncode == 0:
        return None
    if b'not implemented' in done.stderr:
        return (
            'this OpenCV has no windows: pip uninstall '
            'opencv-python-headless, then pip install "opencv-python<5"'
        )
    return 'the screen cannot be reached'
