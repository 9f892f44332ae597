"""The torso: shirt, neckline and buttons, waistband, skirt."""

from typing import List

import numpy as np

from .appearance import Appearance
from .body import Proportions, Skeleton
from .keypoints import PARTS, SIDES
from .mesh import Mesh, loft, mark

#: Rings of the torso: joint (and axes) it moves with, height above it,
#: half-width and half-depth.
TORSO = (
    ('pelvis', -0.071, 0.030, 0.035),
    ('pelvis', -0.047, 0.078, 0.062),
    ('pelvis', 0.006, 0.094, 0.066),
    ('pelvis', 0.059, 0.086, 0.060),
    ('waist', 0.012, 0.078, 0.054),
    ('waist', 0.065, 0.086, 0.060),
    ('chest', 0.000, 0.098, 0.066),
    ('chest', 0.035, 0.106, 0.068),
    ('chest', 0.071, 0.108, 0.060),
    ('chest', 0.094, 0.086, 0.048),
    ('chest', 0.112, 0.042, 0.036),
)
#: Bands of :data:`TORSO` that the trousers cover.
WAISTBAND = 3


def _torso_rings(skeleton: Skeleton) -> tuple:
    """Centres and half-axes (left, front) of the rings, each (R, 3)."""
    size, default = skeleton.size, Proportions()
    rows = []
    for joint, height, width, depth in TORSO:
        left, up, front = skeleton.axes[joint].T
        broad = (
            size.shoulder / default.shoulder
            if joint == 'chest'
            else size.hip / default.hip
        )
        tall = size.torso / default.torso if height > 0 else 1
        rows.append(
            (
                skeleton.joints[joint] + up * height * tall,
                left * width * broad * size.girth**0.5,
                front * depth * size.girth,
            )
        )
    return tuple(np.array(column) for column in zip(*rows))


def _pattern(look: Appearance, bands: int, sides: int) -> np.ndarray:
    """Colours (bands, sides, 3) of the shirt; its sides are mirrored."""
    band, side = np.mgrid[:bands, :sides]
    odd = {
        'plain': np.zeros((bands, sides)),
        'rings': band % 2,
        'stripes': (side + 1) // 2 % 2,
    }[look.pattern]
    return np.where(odd[..., None] > 0, look.accent, look.shirt)


def make_torso(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """Shirt, waistband and neck, with what marks the front."""
    centers, lefts, fronts = _torso_rings(skeleton)
    colors = _pattern(look, len(TORSO) - 1, 16)
    colors[:WAISTBAND] = look.trousers
    torso = [loft(centers, lefts, fronts, colors, PARTS['torso'], 16)]
    up = skeleton.axes['neck'] @ np.array([0, 1.0, 0])
    left, _, front = skeleton.axes['neck'].T
    base, size = skeleton.joints['neck'], skeleton.size
    neck = np.array([base - 0.03 * up, base + (size.neck + 0.03) * up])
    wide = np.full((2, 1), 0.036 * size.girth**0.5)
    torso.append(
        loft(neck, wide * left, wide * front, look.skin, PARTS['torso'], 10)
    )
    return torso + _chest_marks(centers, fronts, skeleton, look)


def _chest_marks(centers, fronts, skeleton, look) -> List[Mesh]:
    """Neckline, buttons and buckle: only the front of the body has them."""

    def put(ring, out, left, up, color):
        place = centers[ring] + out * fronts[ring]
        return mark(place, left, up, centers[ring], color, PARTS['torso'])

    left, up, front = skeleton.axes['chest'].T
    slope = 0.034 * (up - 0.45 * front)
    marks = [put(9, 1.15, 0.040 * left, slope, look.skin)]
    if look.buttons:
        for ring in (4, 5, 6, 7, 8):
            marks.append(put(ring, 1.02, 0.01 * left, 0.01 * up, look.accent))
    left, up, _ = skeleton.axes['pelvis'].T
    marks.append(put(3, 1.02, 0.020 * left, 0.014 * up, look.accent))
    return marks


def make_skirt(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """A cone from the waist around both thighs."""
    joints, axes = skeleton.joints, skeleton.axes
    left, up, front = axes['pelvis'].T
    girth = skeleton.size.girth
    thighs = [
        joints[f'{side}_hip']
        + look.skirt * (joints[f'{side}_knee'] - joints[f'{side}_hip'])
        for side in SIDES
    ]
    hem, spread = (thighs[0] + thighs[1]) / 2, (thighs[0] - thighs[1]) / 2
    top = joints['pelvis'] + 0.06 * up
    fall = (hem - top) / np.linalg.norm(hem - top)
    across = spread + 0.075 * left
    depth = np.cross(left, fall)
    reach = abs(spread @ front) + 0.085
    share = np.linspace(0, 1, 6)[:, None]
    return [
        loft(
            top + share * (hem - top),
            girth * ((1 - share) * 0.092 * left + share * across),
            girth * ((1 - share) * 0.068 + share * reach) * depth,
            look.trousers,
            PARTS['torso'],
            14,
            lift=0.05,
        )
    ]
