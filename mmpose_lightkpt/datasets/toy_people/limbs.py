"""Arms and legs with hands and shoes, in sleeves and trousers."""

from typing import List

import numpy as np

from .appearance import Appearance
from .body import Skeleton
from .keypoints import PARTS
from .mesh import Mesh, ball, loft


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


def make_arm(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    """Upper arm, forearm and hand of a side."""
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


def make_leg(skeleton: Skeleton, look: Appearance, side: str) -> List[Mesh]:
    """Thigh, shin and shoe of a side."""
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
