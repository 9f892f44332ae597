"""All of a dressed person below the head, and what it sits on."""

from typing import List

import numpy as np

from .appearance import Appearance
from .body import Skeleton
from .keypoints import PARTS, SIDES
from .limbs import make_arm, make_leg
from .mesh import Mesh, box
from .torso import make_skirt, make_torso


def _seat(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """The stool of a seated person."""
    joints = skeleton.joints
    foot = min(joints[f'{side}_ankle'][1] for side in SIDES)
    height = max(-foot - 0.075, 0.05) / 2
    center = np.array([0, -0.075 - height, 0.03])
    return [
        box(
            center,
            np.diag([0.15, height, 0.12]),
            look.accent * 0.8,
            PARTS['prop'],
        )
    ]


def dress(skeleton: Skeleton, look: Appearance, seated: bool) -> List[Mesh]:
    """All surfaces below the head."""
    meshes = make_torso(skeleton, look)
    for side in SIDES:
        meshes += make_arm(skeleton, look, side) + make_leg(
            skeleton, look, side
        )
    if look.skirt:
        meshes += make_skirt(skeleton, look)
    if seated:
        meshes += _seat(skeleton, look)
    return meshes
