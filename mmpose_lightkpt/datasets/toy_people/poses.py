"""Poses: joint angles drawn within limits around everyday postures."""

from dataclasses import dataclass

import numpy as np

#: Joint limits in degrees (low, high). Flexion lifts a limb forward,
#: abduction lifts it sideways away from the body, twist turns it about
#: its own axis; arms and legs hold two values: left, right.
LIMITS = {
    'lean': (-25, 35),
    'tilt': (-18, 18),
    'spine_pitch': (-15, 75),
    'spine_roll': (-22, 22),
    'spine_twist': (-30, 30),
    'head_pitch': (-25, 30),
    'head_yaw': (-50, 50),
    'head_roll': (-18, 18),
    'arm_flex': (-45, 165),
    'arm_abduct': (2, 170),
    'arm_twist': (-70, 70),
    'elbow': (2, 140),
    'leg_flex': (-30, 110),
    'leg_abduct': (0, 45),
    'leg_twist': (-25, 30),
    'knee': (0, 135),
    'foot': (-10, 35),
}
PAIRED = (
    'arm_flex',
    'arm_abduct',
    'arm_twist',
    'elbow',
    'leg_flex',
    'leg_abduct',
    'leg_twist',
    'knee',
    'foot',
)


@dataclass(frozen=True)
class Pose:
    """Joint angles in degrees; paired ones are arrays (left, right)."""

    name: str
    angles: dict
    seated: bool = False

    def __getitem__(self, joint: str):
        return self.angles[joint]


def _arms(rng: np.random.Generator) -> dict:
    """One of the things that people do with their arms, as centres."""
    kind = rng.choice(
        ['down', 'free', 'up', 'wave', 'akimbo', 'reach', 'out'],
        p=[0.3, 0.12, 0.13, 0.15, 0.12, 0.09, 0.09],
    )
    free = dict(
        arm_flex=rng.uniform(-35, 120, 2),
        arm_abduct=rng.uniform(5, 85, 2),
        arm_twist=rng.uniform(-50, 50, 2),
        elbow=rng.uniform(5, 120, 2),
    )
    both = {
        'down': dict(arm_flex=5, arm_abduct=14, arm_twist=0, elbow=22),
        'up': dict(arm_flex=0, arm_abduct=150, arm_twist=0, elbow=30),
        'akimbo': dict(arm_flex=-25, arm_abduct=48, arm_twist=-60, elbow=92),
        'reach': dict(arm_flex=85, arm_abduct=12, arm_twist=0, elbow=25),
        'out': dict(arm_flex=0, arm_abduct=88, arm_twist=0, elbow=15),
    }
    if kind == 'free':
        return free
    if kind == 'wave':
        lifted = rng.integers(2)
        return {
            joint: np.where(
                np.arange(2) == lifted, both['up'][joint], free[joint]
            )
            for joint in free
        }
    return both[kind]


def _postures(rng: np.random.Generator) -> tuple:
    """(name, centres of the angles that differ from zero)."""
    name = rng.choice(
        ['stand', 'stride', 'run', 'sit', 'squat', 'bend', 'jump', 'lunge'],
        p=[0.46, 0.26, 0.06, 0.06, 0.02, 0.03, 0.07, 0.04],
    )
    first = rng.integers(2)
    swing = np.array([1.0, -1.0]) if first else np.array([-1.0, 1.0])
    ahead = swing > 0
    centers = dict(leg_abduct=9.0, knee=8.0, elbow=20.0)
    centers.update(_arms(rng))
    if name == 'stride':
        centers.update(leg_flex=5 + 25 * swing, knee=np.where(ahead, 10, 30))
    elif name == 'run':
        centers.update(
            lean=10,
            leg_flex=25 + 42 * swing,
            knee=np.where(ahead, 75, 65),
            arm_flex=15 - 50 * swing,
            arm_abduct=18.0,
            arm_twist=0.0,
            elbow=85.0,
        )
    elif name == 'sit':
        centers.update(lean=-4, leg_flex=86.0, knee=84.0, leg_abduct=14.0)
    elif name == 'squat':
        centers.update(lean=12, leg_flex=92.0, knee=110.0, leg_abduct=24.0)
    elif name == 'bend':
        centers.update(spine_pitch=55.0, leg_flex=10.0)
    elif name == 'jump':
        centers.update(leg_abduct=28.0, leg_flex=12.0, knee=30.0, foot=30.0)
    elif name == 'lunge':
        centers.update(
            leg_flex=25 + 45 * swing,
            knee=np.where(ahead, 70, 35),
            leg_abduct=6.0,
        )
    return name, centers


def sample_pose(rng: np.random.Generator) -> Pose:
    """A posture with noise on every joint, clipped to :data:`LIMITS`."""
    name, centers = _postures(rng)
    angles = {}
    for joint, (low, high) in LIMITS.items():
        shape = 2 if joint in PAIRED else None
        width = 0.06 * (high - low)
        value = centers.get(joint, 0.0) + rng.normal(0.0, width, shape)
        angles[joint] = np.clip(value, low, high)
    return Pose(str(name), angles, seated=name == 'sit')
