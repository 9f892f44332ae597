"""From joint angles to joints in space: forward kinematics of one body.

Body axes are (own left, up, forward); the origin lies between the hips
and the unit is the height of an average adult.
"""

from dataclasses import dataclass, field
from typing import Dict

import numpy as np

from .keypoints import SIDES
from .poses import Pose
from .rotations import pitch, roll, yaw

UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Proportions:
    """Lengths (and half-widths) of a body; ``girth`` scales thickness."""

    hip: float = 0.062
    shoulder: float = 0.112
    torso: float = 0.295
    neck: float = 0.050
    head: float = 0.150
    upper_arm: float = 0.165
    forearm: float = 0.145
    thigh: float = 0.240
    shin: float = 0.235
    girth: float = 1.0


def sample_proportions(rng: np.random.Generator) -> Proportions:
    """An adult or, one time in five, a child with a larger head."""
    child = rng.random() < 0.2
    head, limbs = (1.3, 0.88) if child else (1.0, 1.0)

    def around(mean, spread=0.06):
        return float(mean * np.clip(rng.normal(1.0, spread), 0.85, 1.15))

    base = Proportions()
    return Proportions(
        hip=around(base.hip),
        shoulder=around(base.shoulder * (2 - head) ** 0.3),
        torso=around(base.torso),
        neck=around(base.neck),
        head=around(base.head * head, 0.04),
        upper_arm=around(base.upper_arm * limbs),
        forearm=around(base.forearm * limbs),
        thigh=around(base.thigh * limbs),
        shin=around(base.shin * limbs),
        girth=around(1.0, 0.12),
    )


@dataclass(frozen=True)
class Skeleton:
    """Joints (3,) by name and the (3, 3) axes of the parts they move."""

    size: Proportions
    joints: Dict[str, np.ndarray] = field(default_factory=dict)
    axes: Dict[str, np.ndarray] = field(default_factory=dict)


def _bend_spine(skeleton: Skeleton, pose: Pose) -> None:
    size, joints, axes = skeleton.size, skeleton.joints, skeleton.axes
    axes['pelvis'] = pitch(pose['lean']) @ roll(pose['tilt'])
    half = (
        yaw(pose['spine_twist'] / 2)
        @ roll(pose['spine_roll'] / 2)
        @ pitch(pose['spine_pitch'] / 2)
    )
    axes['waist'] = axes['pelvis'] @ half
    axes['chest'] = axes['waist'] @ half
    joints['pelvis'] = np.zeros(3)
    joints['waist'] = axes['pelvis'] @ UP * 0.34 * size.torso
    joints['chest'] = joints['waist'] + axes['waist'] @ UP * 0.33 * size.torso
    joints['neck'] = joints['chest'] + axes['chest'] @ UP * 0.33 * size.torso
    level = -0.45 * pose['spine_pitch'] - 0.5 * pose['lean']
    nod = pitch(pose['head_pitch'] * 0.5 + level * 0.5)
    axes['neck'] = axes['chest'] @ nod
    axes['head'] = (
        axes['neck'] @ yaw(pose['head_yaw']) @ roll(pose['head_roll']) @ nod
    )
    joints['skull'] = (
        joints['neck']
        + axes['neck'] @ UP * size.neck
        + axes['head'] @ np.array([0.0, 0.46, 0.06]) * size.head
    )


def _swing_arm(skeleton: Skeleton, pose: Pose, index: int) -> None:
    size, joints, axes = skeleton.size, skeleton.joints, skeleton.axes
    side, sign = SIDES[index], 1 - 2 * index
    abduct = pose['arm_abduct'][index]
    lift = 0.035 * np.clip((abduct - 60) / 90, 0, 1)
    offset = np.array([sign * size.shoulder, lift - 0.01, 0.0])
    upper = (
        axes['chest']
        @ roll(sign * abduct)
        @ pitch(-pose['arm_flex'][index])
        @ yaw(sign * pose['arm_twist'][index])
    )
    fore = upper @ pitch(-pose['elbow'][index])
    shoulder = joints['neck'] + axes['chest'] @ offset
    elbow = shoulder - upper @ UP * size.upper_arm
    joints[f'{side}_shoulder'], joints[f'{side}_elbow'] = shoulder, elbow
    joints[f'{side}_wrist'] = elbow - fore @ UP * size.forearm
    axes[f'{side}_upper_arm'], axes[f'{side}_forearm'] = upper, fore


def _swing_leg(skeleton: Skeleton, pose: Pose, index: int) -> None:
    size, joints, axes = skeleton.size, skeleton.joints, skeleton.axes
    side, sign = SIDES[index], 1 - 2 * index
    thigh = (
        axes['pelvis']
        @ pitch(-pose['lean'] * 0.8)
        @ roll(sign * pose['leg_abduct'][index])
        @ pitch(-pose['leg_flex'][index])
        @ yaw(sign * pose['leg_twist'][index])
    )
    shin = thigh @ pitch(pose['knee'][index])
    hip = axes['pelvis'] @ np.array([sign * size.hip, 0.0, 0.0])
    knee = hip - thigh @ UP * size.thigh
    joints[f'{side}_hip'], joints[f'{side}_knee'] = hip, knee
    joints[f'{side}_ankle'] = knee - shin @ UP * size.shin
    axes[f'{side}_thigh'], axes[f'{side}_shin'] = thigh, shin
    axes[f'{side}_foot'] = shin @ pitch(pose['foot'][index])


def pose_body(size: Proportions, pose: Pose) -> Skeleton:
    """Place all joints except those of the face (see :mod:`.head`)."""
    skeleton = Skeleton(size)
    _bend_spine(skeleton, pose)
    for index in range(2):
        _swing_arm(skeleton, pose, index)
        _swing_leg(skeleton, pose, index)
    return skeleton
