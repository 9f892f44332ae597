"""One toy person: a mesh and 17 keypoints, seen from a direction."""

from dataclasses import dataclass, replace

import numpy as np

from .appearance import sample_appearance
from .body import Skeleton, pose_body, sample_proportions
from .clothes import dress
from .head import face_keypoints, make_head
from .keypoints import KEYPOINTS, SIDES
from .mesh import Mesh, join
from .poses import sample_pose
from .rotations import pitch, roll, yaw

#: How often a person is seen from the front, side and back, and the yaw
#: range of each in degrees (0 faces the camera).
VIEWS = {
    'front': (0.56, 0.0, 60.0),
    'side': (0.14, 60.0, 120.0),
    'back': (0.30, 120.0, 180.0),
}
#: Half-axes (left, up, front) around pelvis and chest that no arm enters.
TRUNK = np.array([0.115, 0.20, 0.085])


@dataclass(frozen=True)
class Figure:
    """A person in camera axes (right, up, towards the camera).

    Attributes:
        mesh: the surfaces; the unit is an adult's height.
        keypoints: (17, 3).
        view: 'front', 'side' or 'back'.
        pose: name of the posture.
    """

    mesh: Mesh
    keypoints: np.ndarray
    view: str
    pose: str


def _collides(skeleton: Skeleton) -> bool:
    """Whether an elbow or a hand is inside the torso or the head."""
    joints, size = skeleton.joints, skeleton.size
    for trunk in ('pelvis', 'chest'):
        for name in ('left_elbow', 'right_elbow', 'left_wrist', 'right_wrist'):
            place = (joints[name] - joints[trunk]) @ skeleton.axes[trunk]
            if np.linalg.norm(place / (TRUNK * size.girth)) < 1:
                return True
    return any(
        np.linalg.norm(joints[f'{side}_wrist'] - joints['skull'])
        < 0.62 * size.head
        for side in SIDES
    )


def _sample_skeleton(rng: np.random.Generator):
    size = sample_proportions(rng)
    for _ in range(20):
        pose = sample_pose(rng)
        skeleton = pose_body(size, pose)
        if not _collides(skeleton):
            break
    return skeleton, pose


def _turn(mesh: Mesh, rotation: np.ndarray) -> Mesh:
    return replace(
        mesh,
        corners=mesh.corners @ rotation.T,
        inside=mesh.inside @ rotation.T,
    )


def sample_view(rng: np.random.Generator) -> tuple:
    """(view, rotation into camera axes) from :data:`VIEWS`."""
    names = list(VIEWS)
    view = names[rng.choice(3, p=[VIEWS[name][0] for name in names])]
    turn = rng.uniform(*VIEWS[view][1:]) * rng.choice([-1, 1])
    rotation = (
        roll(np.clip(rng.normal(0, 6), -15, 15))
        @ pitch(np.clip(rng.normal(6, 7), -8, 25))
        @ yaw(turn)
    )
    return view, rotation


def sample_figure(rng: np.random.Generator) -> Figure:
    """Draw body, pose, clothes and direction of view."""
    skeleton, pose = _sample_skeleton(rng)
    look = sample_appearance(rng)
    view, rotation = sample_view(rng)
    mesh = join(make_head(skeleton, look) + dress(skeleton, look, pose.seated))
    places = {**skeleton.joints, **face_keypoints(skeleton)}
    points = np.array([places[name] for name in KEYPOINTS])
    return Figure(_turn(mesh, rotation), points @ rotation.T, view, pose.name)
