"""A sheet of samples, half of them with their skeletons drawn over.

Left limbs are green and right ones orange; covered joints are white.
"""

import cv2
import numpy as np

from .generate import scene_rng
from .keypoints import KEYPOINTS, SKELETON
from .scene import draw_scene

#: BGR of links and joints of the person's left, right and middle.
COLORS = {'left': (60, 220, 60), 'right': (60, 110, 255)}
MIDDLE, COVERED = (255, 200, 60), (255, 255, 255)


def draw_skeleton(image: np.ndarray, keypoints: np.ndarray) -> None:
    """Draw (17, 3) keypoints in place; those covered are hollow."""
    zoom = 4  # OpenCV takes coordinates in quarters of a pixel here
    fixed = [
        tuple(point)
        for point in np.round(keypoints[:, :2] * zoom).astype(int).tolist()
    ]
    sides = [name.split('_')[0] for name in KEYPOINTS]
    seen = keypoints[:, 2] > 0
    for first, second in np.array(SKELETON) - 1:
        if seen[first] and seen[second]:
            same = sides[first] == sides[second]
            color = COLORS.get(sides[first], MIDDLE) if same else MIDDLE
            cv2.line(
                image, fixed[first], fixed[second], color, 1, cv2.LINE_AA, 2
            )
    for index in np.flatnonzero(seen):
        color = COLORS.get(sides[index], MIDDLE)
        fill = color if keypoints[index, 2] == 2 else COVERED
        cv2.circle(image, fixed[index], 2 * zoom, fill, -1, cv2.LINE_AA, 2)
        cv2.circle(image, fixed[index], 2 * zoom, color, 1, cv2.LINE_AA, 2)


def make_sheet(
    columns: int = 6, rows: int = 4, side: int = 200, seed: int = 0
) -> np.ndarray:
    """Samples in pairs of rows: as drawn, and below with skeletons.

    Args:
        side: width and height of one sample in pixels.
    """
    lines = []
    for row in range(rows // 2):
        plain, marked = [], []
        for column in range(columns):
            rng = scene_rng(seed, 'train', row * columns + column)
            image, people = draw_scene(rng, side, side)
            plain.append(image)
            marked.append(image.copy())
            for person in people:
                draw_skeleton(marked[-1], person.keypoints)
        lines += [np.hstack(plain), np.hstack(marked)]
    return np.vstack(lines)
