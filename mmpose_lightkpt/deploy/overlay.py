"""What is drawn over a frame: people, the crop and a line of writing."""

from typing import Optional, Sequence, Tuple

import numpy as np

from .boxes import Box
from .draw import draw_skeleton, import_cv2
from .pose import Pose
from .spec import ModelSpec

_GREY = (190, 190, 190)


def draw_poses(
    frame: np.ndarray,
    poses: Sequence[Pose],
    crop: Optional[Box],
    spec: ModelSpec,
    score_threshold: float = 0.2,
    mirror: bool = False,
) -> np.ndarray:
    """Draw people, their numbers and the crop into a copy of a frame.

    Args:
        frame: uint8 (H, W, 3) in BGR.
        poses: the people; those with a number get it above their heads.
        crop: x1, y1, x2, y2 in pixels, a grey frame; None is not drawn.
        spec: names and links of the joints.
        score_threshold: joints below it are not drawn.
        mirror: turn all but the numbers as a mirror would.
    """
    cv2 = import_cv2()
    canvas = frame.copy()
    for pose in poses:
        canvas = draw_skeleton(
            canvas,
            pose.keypoints,
            pose.scores,
            spec.skeleton_links,
            spec.keypoint_names,
            score_threshold,
        )
    if crop is not None:
        x1, y1, x2, y2 = (int(round(value)) for value in crop)
        cv2.rectangle(canvas, (x1, y1), (x2 - 1, y2 - 1), _GREY, 1)
    if mirror:
        canvas = cv2.flip(canvas, 1)
    for pose in poses:
        seen = pose.keypoints[pose.scores >= score_threshold]
        if pose.number is not None and len(seen):
            x, y = seen[seen[:, 1].argmin()]
            x = canvas.shape[1] - 1 - x if mirror else x
            scale = canvas.shape[0] / 600
            corner = (int(x - 9 * scale), int(y - 20 * scale))
            _write(canvas, str(pose.number), corner, scale)
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
    _write(canvas, text, corner, scale)


def _write(
    canvas: np.ndarray, text: str, corner: Tuple[int, int], scale: float
) -> None:
    cv2 = import_cv2()
    font = cv2.FONT_HERSHEY_SIMPLEX
    for color, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(
            canvas, text, corner, font, scale, color, thick, cv2.LINE_AA
        )
