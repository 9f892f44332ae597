"""The dressed body below the head: torso, limbs, hands and shoes."""

from typing import List

import numpy as np

from .appearance import Appearance
from .body import Skeleton
from .keypoints import PARTS, SIDES
from .mesh import Mesh, ball, box, loft, mark

#: Torso rings: (joint, axes, height in torso lengths, half-width, half-depth).
TORSO = (
    ('pelvis', 'pelvis', -.24, .030, .035), ('pelvis', 'pelvis', -.16, .078, .062),
    ('pelvis', 'pelvis', .02, .094, .066), ('pelvis', 'pelvis', .20, .086, .060),
    ('waist', 'waist', .04, .078, .054), ('waist', 'waist', .22, .086, .060),
    ('chest', 'chest', .00, .098, .066), ('chest', 'chest', .12, .106, .068),
    ('chest', 'chest', .24, .108, .060), ('chest', 'chest', .32, .086, .048),
    ('chest', 'chest', .38, .042, .036))


def _torso_rings(skeleton: Skeleton) -> tuple:
    size = skeleton.size
    rows = []
    for joint, axes, height, width, depth in TORSO:
        left, up, front = skeleton.axes[axes].T
        above = joint == 'chest'
        broad = size.shoulder / .112 if above else size.hip / .062
        center = skeleton.joints[joint] + up * height * size.torso
        if joint == 'pelvis' and height < 0:
            center = skeleton.joints[joint] + up * height * .295
        rows.append((center, left * width * broad * size.girth ** .5,
                     front * depth * size.girth))
    return tuple(np.array(column) for column in zip(*rows))


def _pattern(look: Appearance, bands: int, sides: int) -> np.ndarray:
    """Colours (bands, sides, 3) of the shirt."""
    band, side = np.mgrid[:bands, :sides]
    odd = {'plain': np.zeros((bands, sides)), 'rings': band % 2,
           'stripes': side // 2 % 2}[look.pattern]
    return np.where(odd[..., None] > 0, look.accent, look.shirt)


def _torso(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    centers, lefts, fronts = _torso_rings(skeleton)
    colors = _pattern(look, len(TORSO) - 1, 16)
    colors[:2] = look.trousers
    colors[2] = look.trousers
    torso = [loft(centers, lefts, fronts, colors, PARTS['torso'], 16)]
    up = skeleton.axes['neck'] @ np.array([0, 1., 0])
    left, _, front = skeleton.axes['neck'].T
    base, size = skeleton.joints['neck'], skeleton.size
    neck = np.array([base - .03 * up, base + (size.neck + .03) * up])
    wide = np.full((2, 1), .036 * size.girth ** .5)
    torso.append(loft(neck, wide * left, wide * front, look.skin,
                      PARTS['torso'], 10))
    return torso + _chest_marks(centers, fronts, skeleton, look)


def _chest_marks(centers, fronts, skeleton, look) -> List[Mesh]:
    """Neckline, buttons and buckle: only the front of the body has them."""
    marks = []
    left, up, front = skeleton.axes['chest'].T
    tilt = up - .45 * front
    marks.append(mark(
        centers[9] + fronts[9] * .98 + .01 * up, left * .040, tilt * .034,
        centers[9], look.skin, PARTS['torso']))
    if look.buttons:
        for ring in (4, 5, 6, 7, 8):
            marks.append(mark(
                centers[ring] + fronts[ring] * 1.02, left * .010, up * .010,
                centers[ring], look.accent, PARTS['torso']))
    left, up, front = skeleton.axes['pelvis'].T
    marks.append(mark(centers[3] + fronts[3] * 1.02, left * .020, up * .014,
                      centers[3], look.accent, PARTS['torso']))
    return marks


def _limb(start, end, axes, radii, colors, part, overshoot) -> Mesh:
    """A tapered limb with a rounded start; ``radii`` along its length."""
    round_off = np.array([.05, .45, .87])
    along = np.concatenate([-overshoot * np.array([1, .9, .5]),
                            np.linspace(0, 1, len(radii)),
                            1 + overshoot * np.array([.5, .9, 1])])
    radii = np.concatenate([round_off * radii[0], radii,
                            round_off[::-1] * radii[-1]])
    centers = start + along[:, None] * (end - start)
    left, _, front = axes.T
    colors = np.concatenate([colors[:1]] * 3 + [colors] + [colors[-1:]] * 2)
    return loft(centers, radii[:, None] * left, radii[:, None] * front,
                colors, part, 12)


def _covered(length: float, count: int, cloth, skin) -> np.ndarray:
    """Colours (count, 3) along a limb covered up to ``length``."""
    share = np.linspace(0, 1, count, endpoint=False)
    return np.where(share[:, None] < length, cloth, skin)


def _arm(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    joints, axes = skeleton.joints, skeleton.axes
    shoulder, elbow, wrist = (joints[f'{side}_{name}'] for name in
                              ('shoulder', 'elbow', 'wrist'))
    girth = skeleton.size.girth
    upper, fore = f'{side}_upper_arm', f'{side}_forearm'
    upper_cloth = _covered(look.sleeve, 6, look.shirt, look.skin)
    fore_cloth = _covered(look.sleeve - 1, 6, look.shirt, look.skin)
    hand_axes = axes[fore] * np.array([.020, .040, .030])
    hand = wrist - axes[fore] @ np.array([0, .032, 0])
    return [
        _limb(shoulder, elbow, axes[upper], girth * np.array(
            [.041, .040, .038, .035, .032, .030]), upper_cloth,
            PARTS[upper], .22),
        _limb(elbow, wrist, axes[fore], girth * np.array(
            [.030, .032, .030, .027, .023, .020]), fore_cloth,
            PARTS[fore], .14),
        ball(hand, hand_axes, look.skin, PARTS[fore], 6, 10)]


def _leg(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    joints, axes = skeleton.joints, skeleton.axes
    hip, knee, ankle = (joints[f'{side}_{name}'] for name in
                        ('hip', 'knee', 'ankle'))
    girth = skeleton.size.girth
    thigh, shin = f'{side}_thigh', f'{side}_shin'
    length = .3 if look.skirt else look.trouser
    foot = axes[f'{side}_foot']
    shoe = ankle + foot @ np.array([0, -.026, .038])
    return [
        _limb(hip, knee, axes[thigh], girth * np.array(
            [.062, .063, .060, .054, .048, .043]),
            _covered(length, 6, look.trousers, look.skin),
            PARTS[thigh], .2),
        _limb(knee, ankle, axes[shin], girth * np.array(
            [.042, .044, .042, .036, .029, .026]),
            _covered(length - 1, 6, look.trousers, look.skin),
            PARTS[shin], .15),
        ball(shoe, foot * np.array([.036, .030, .080]), look.shoes,
             PARTS[shin], 6, 12)]


def _skirt(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """A cone from the waist around both thighs."""
    joints, axes = skeleton.joints, skeleton.axes
    left, up, front = axes['pelvis'].T
    girth = skeleton.size.girth
    thighs = [joints[f'{side}_hip'] + look.skirt * (
        joints[f'{side}_knee'] - joints[f'{side}_hip']) for side in SIDES]
    hem, spread = (thighs[0] + thighs[1]) / 2, (thighs[0] - thighs[1]) / 2
    top = joints['pelvis'] + .06 * up
    fall = (hem - top) / np.linalg.norm(hem - top)
    across = spread + .075 * left
    depth = np.cross(left, fall)
    reach = abs(spread @ front) + .085
    share = np.linspace(0, 1, 6)[:, None]
    return [loft(top + share * (hem - top),
                 girth * ((1 - share) * .092 * left + share * across),
                 girth * ((1 - share) * .068 + share * reach) * depth,
                 look.trousers, PARTS['torso'], 14, lift=.05)]


def _seat(skeleton: Skeleton, look: Appearance) -> List[Mesh]:
    """The stool of a seated person."""
    joints = skeleton.joints
    foot = min(joints[f'{side}_ankle'][1] for side in SIDES)
    height = max(-foot - .075, .05) / 2
    center = np.array([0, -.075 - height, .03])
    return [box(center, np.diag([.15, height, .12]), look.accent * .8,
                PARTS['prop'])]


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
