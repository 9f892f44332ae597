"""The dressed body below the head: torso, limbs, hands and shoes."""

from typing import List

import numpy as np

from .appearance import Appearance
from .body import Proportions, Skeleton
from .keypoints import PARTS, SIDES
from .mesh import Mesh, ball, box, loft, mark

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
    """Colours (bands, sides, 3) of the shirt."""
    band, side = np.mgrid[:bands, :sides]
    odd = {
        'plain': np.zeros((bands, sides)),
        'rings': band % 2,
        'stripes': side // 2 % 2,
    }[look.pattern]
    return np.where(odd[..., None] > 0, look.accent, look.shirt)


def _torso(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
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
    marks = []
    left, up, front = skeleton.axes['chest'].T
    tilt = up - 0.45 * front
    marks.append(
        mark(
            centers[9] + fronts[9] * 0.98 + 0.01 * up,
            left * 0.040,
            tilt * 0.034,
            centers[9],
            look.skin,
            PARTS['torso'],
        )
    )
    if look.buttons:
        for ring in (4, 5, 6, 7, 8):
            marks.append(
                mark(
                    centers[ring] + fronts[ring] * 1.02,
                    left * 0.010,
                    up * 0.010,
                    centers[ring],
                    look.accent,
                    PARTS['torso'],
                )
            )
    left, up, front = skeleton.axes['pelvis'].T
    marks.append(
        mark(
            centers[3] + fronts[3] * 1.02,
            left * 0.020,
            up * 0.014,
            centers[3],
            look.accent,
            PARTS['torso'],
        )
    )
    return marks


def _limb(start, end, axes, radii, colors, part, overshoot) -> Mesh:
    """A tapered limb with a rounded start; ``radii`` along its length."""
    round_off = np.array([0.05, 0.45, 0.87])
    along = np.concatenate(
        [
            -overshoot * np.array([1, 0.9, 0.5]),
            np.linspace(0, 1, len(radii)),
            1 + overshoot * np.array([0.5, 0.9, 1]),
        ]
    )
    radii = np.concatenate(
        [round_off * radii[0], radii, round_off[::-1] * radii[-1]]
    )
    centers = start + along[:, None] * (end - start)
    left, _, front = axes.T
    colors = np.concatenate([colors[:1]] * 3 + [colors] + [colors[-1:]] * 2)
    return loft(
        centers,
        radii[:, None] * left,
        radii[:, None] * front,
        colors,
        part,
        12,
    )


def _covered(length: float, count: int, cloth, skin) -> np.ndarray:
    """Colours (count, 3) along a limb covered up to ``length``."""
    share = np.linspace(0, 1, count, endpoint=False)
    return np.where(share[:, None] < length, cloth, skin)


def _arm(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    joints, axes = skeleton.joints, skeleton.axes
    shoulder, elbow, wrist = (
        joints[f'{side}_{name}'] for name in ('shoulder', 'elbow', 'wrist')
    )
    girth = skeleton.size.girth
    upper, fore = f'{side}_upper_arm', f'{side}_forearm'
    upper_cloth = _covered(look.sleeve, 6, look.shirt, look.skin)
    fore_cloth = _covered(look.sleeve - 1, 6, look.shirt, look.skin)
    hand_axes = axes[fore] * np.array([0.020, 0.040, 0.030])
    hand = wrist - axes[fore] @ np.array([0, 0.032, 0])
    return [
        _limb(
            shoulder,
            elbow,
            axes[upper],
            girth * np.array([0.041, 0.040, 0.038, 0.035, 0.032, 0.030]),
            upper_cloth,
            PARTS[upper],
            0.22,
        ),
        _limb(
            elbow,
            wrist,
            axes[fore],
            girth * np.array([0.030, 0.032, 0.030, 0.027, 0.023, 0.020]),
            fore_cloth,
            PARTS[fore],
            0.14,
        ),
        ball(hand, hand_axes, look.skin, PARTS[fore], 6, 10),
    ]


def _leg(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    joints, axes = skeleton.joints, skeleton.axes
    hip, knee, ankle = (
        joints[f'{side}_{name}'] for name in ('hip', 'knee', 'ankle')
    )
    girth = skeleton.size.girth
    thigh, shin = f'{side}_thigh', f'{side}_shin'
    length = 0.3 if look.skirt else look.trouser
    foot = axes[f'{side}_foot']
    shoe = ankle + foot @ np.array([0, -0.026, 0.038])
    return [
        _limb(
            hip,
            knee,
            axes[thigh],
            girth * np.array([0.062, 0.063, 0.060, 0.054, 0.048, 0.043]),
            _covered(length, 6, look.trousers, look.skin),
            PARTS[thigh],
            0.2,
        ),
        _limb(
            knee,
            ankle,
            axes[shin],
            girth * np.array([0.042, 0.044, 0.042, 0.036, 0.029, 0.026]),
            _covered(length - 1, 6, look.trousers, look.skin),
            PARTS[shin],
            0.15,
        ),
        ball(
            shoe,
            foot * np.array([0.036, 0.030, 0.080]),
            look.shoes,
            PARTS[shin],
            6,
            12,
        ),
    ]


def _skirt(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
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
    meshes = _torso(skeleton, look)
    for side in SIDES:
        meshes += _arm(skeleton, look, side) + _leg(skeleton, look, side)
    if look.skirt:
        meshes += _skirt(skeleton, look)
    if seated:
        meshes += _seat(skeleton, look)
    return meshes
