"""The head: skull, hair, ears, nose, and a face on its front only."""

from typing import Dict, List

import numpy as np

from .appearance import Appearance
from .body import Skeleton
from .keypoints import PARTS
from .mesh import Mesh, ball, loft, mark

#: Half-axes of the skull (left, up, front) in head lengths.
SKULL = np.array([0.40, 0.53, 0.45])
#: Where features lie, as (left, up) shares of the skull's half-axes.
EYE, MOUTH, NOSE = (0.40, 0.14), (0.0, -0.46), (0.0, -0.12)
HEAD = PARTS['head']


def _on_skull(left: float, up: float) -> np.ndarray:
    """A point of the front of the unit ball, (3,)."""
    return np.array([left, up, np.sqrt(1 - left**2 - up**2)])


def face_keypoints(skeleton: Skeleton) -> Dict[str, np.ndarray]:
    """Nose, eyes and ears in body axes."""
    half = skeleton.axes['head'] * SKULL * skeleton.size.head
    places = dict(
        nose=_on_skull(*NOSE) * 1.12,
        left_eye=_on_skull(*EYE) * 0.97,
        right_eye=_on_skull(-EYE[0], EYE[1]) * 0.97,
        left_ear=np.array([0.98, -0.04, -0.05]),
        right_ear=np.array([-0.98, -0.04, -0.05]),
    )
    return {
        name: skeleton.joints['skull'] + half @ place
        for name, place in places.items()
    }


def _skull(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """The ball of the head, hair where hair grows."""
    bands, sides = 10, 16
    half = skeleton.axes['head'] * SKULL * skeleton.size.head
    up = np.sin((np.arange(bands) + 0.5) * np.pi / bands - np.pi / 2)[:, None]
    angle = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    front = np.sin(angle)[None] * np.sqrt(1 - up**2)
    hairy = (up > 0.50) | ((front < -0.18) & (up > -0.62))
    if look.hair_style == 'bald':
        hairy = (front < -0.3) & (up < 0.1) & (up > -0.5)
    tone = look.accent if look.hair_style == 'cap' else look.hair
    colors = np.where(hairy[..., None], tone, look.skin)
    return [ball(skeleton.joints['skull'], half, colors, HEAD, bands, sides)]


def _hair(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """What sticks out of the skull: a cap's peak, a bun or long hair."""
    axes, size = skeleton.axes['head'], skeleton.size.head
    skull = skeleton.joints['skull']
    if look.hair_style == 'cap':
        peak = skull + axes @ np.array([0, 0.25, 0.52]) * size
        return [
            ball(
                peak,
                axes * np.array([0.30, 0.035, 0.26]) * size,
                look.accent * 0.8,
                HEAD,
                4,
                10,
            )
        ]
    if look.hair_style == 'bun':
        knot = skull + axes @ np.array([0, 0.28, -0.50]) * size
        return [ball(knot, axes * 0.19 * size, look.hair, HEAD, 5, 9)]
    if look.hair_style == 'long':
        heights = np.array([0.35, 0.1, -0.25, -0.6, -0.85])
        widths = np.array([0.36, 0.42, 0.43, 0.40, 0.28])[:, None] * size
        left, up, front = axes.T
        centers = skull + size * (heights[:, None] * up - 0.26 * front)
        return [
            loft(
                centers,
                widths * left,
                0.58 * widths * front,
                look.hair,
                HEAD,
                12,
            )
        ]
    return []


def _face(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    axes, size = skeleton.axes['head'], skeleton.size.head
    skull, half = skeleton.joints['skull'], axes * SKULL * skeleton.size.head
    left, up, _ = axes.T * size
    marks = []
    for sign in (1, -1):
        socket = _on_skull(sign * EYE[0], EYE[1])
        brow = skull + half @ _on_skull(sign * EYE[0], EYE[1] + 0.22) * 1.02
        eye = skull + half @ socket * 1.02
        side = left - sign * 0.35 * size * axes[:, 2]
        marks += [
            mark(brow, side * 0.11, up * 0.022, skull, look.hair * 0.7, HEAD),
            mark(eye, side * 0.095, up * 0.062, skull, (245, 245, 245), HEAD),
            mark(
                eye, side * 0.045, up * 0.052, skull, (40, 30, 25), HEAD, 0.03
            ),
        ]
    mouth = skull + half @ _on_skull(*MOUTH) * 1.02
    marks.append(
        mark(
            mouth,
            left * 0.13,
            up * 0.035,
            skull,
            look.skin * np.array([0.45, 0.42, 0.75]),
            HEAD,
        )
    )
    return marks


def make_head(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """Skull, face, ears, nose and hair."""
    axes, size = skeleton.axes['head'], skeleton.size.head
    meshes = _skull(skeleton, look) + _face(skeleton, look)
    points = face_keypoints(skeleton)
    for name in ('left_ear', 'right_ear'):
        meshes.append(
            ball(
                points[name],
                axes * np.array([0.06, 0.12, 0.08]) * size,
                look.skin * 0.9,
                HEAD,
                4,
                8,
            )
        )
    nose = points['nose'] - axes[:, 2] * 0.05 * size
    meshes.append(
        ball(
            nose,
            axes * np.array([0.065, 0.10, 0.085]) * size,
            look.skin * 0.94,
            HEAD,
            5,
            8,
        )
    )
    return meshes + _hair(skeleton, look)
