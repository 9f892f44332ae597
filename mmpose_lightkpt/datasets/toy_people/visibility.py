"""Which joints can be seen, from the drawn picture itself."""

import numpy as np

from .keypoints import KEYPOINTS, own_parts
from .raster import FINE, Canvas

HIDDEN, VISIBLE = 1, 2

#: How far, in adult heights, the surface over a joint may lie in front of
#: it and still be the joint's own: about the thickness of the limb.
REACH = {
    'shoulder': 0.085,
    'elbow': 0.060,
    'wrist': 0.055,
    'hip': 0.105,
    'knee': 0.085,
    'ankle': 0.060,
    'nose': 0.040,
    'eye': 0.035,
    'ear': 0.040,
}


def visibility(canvas: Canvas, points, depths, person) -> np.ndarray:
    """Visibility (17,): 2 seen, 1 covered, 0 outside the frame.

    A joint is seen where the surface on top of it belongs to one of the
    parts that meet there and lies no further in front than ``REACH``.

    Args:
        points: (17, 2) image pixels. depths: (17,) towards the camera.
        person: number of the person on the canvas.
    """
    flags = np.zeros(len(KEYPOINTS), int)
    for index, name in enumerate(KEYPOINTS):
        x, y = points[index]
        if not (
            -0.5 <= x < canvas.width - 0.5 and -0.5 <= y < canvas.height - 0.5
        ):
            continue
        column, row = (int(value * FINE + FINE / 2) for value in (x, y))
        quad = canvas.top[row, column]
        part = int(canvas.labels[quad]) - 16 * person
        own = quad == 0 or part in own_parts(name)
        rise = canvas.depths[quad] - depths[index]
        near = rise <= REACH[name.split('_')[-1]]
        flags[index] = VISIBLE if own and near else HIDDEN
    return flags
