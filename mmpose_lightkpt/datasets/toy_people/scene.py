"""Compose one picture: who stands where, and what covers whom."""

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import garment_color
from .backgrounds import cast_shadows, make_background, set_off
from .figure import Figure, sample_figure
from .keypoints import PARTS
from .mesh import ball, box
from .raster import CAMERA, Canvas, Placement, project
from .rotations import pitch, yaw
from .visibility import visibility

#: How often one, two and three people are in the picture.
CROWD = (0.76, 0.17, 0.07)
#: How often a thing hides a joint, and how often the frame cuts one off.
OCCLUDER, CUT_OFF = 0.08, 0.05


@dataclass(frozen=True)
class Person:
    """A drawn person.

    Attributes:
        keypoints: (17, 3) x, y in pixels and visibility (2, 1 or 0).
        silhouette: (H, W) bool, before anything in front covers it.
    """

    keypoints: np.ndarray
    silhouette: np.ndarray
    view: str
    pose: str


def _extent(figure: Figure) -> np.ndarray:
    """Box (x0, y0, x1, y1) around a figure drawn at scale 1 around 0."""
    body = figure.mesh.parts != PARTS['prop']
    corners = figure.mesh.corners[body][:, ::2].reshape(-1, 3)
    x, y = project(corners, Placement(np.zeros(2), 1.0)).T
    return np.array([x.min(), y.min(), x.max(), y.max()])


def _overlap(box: np.ndarray, other: np.ndarray) -> float:
    """Shared area over that of the smaller box."""
    span = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return float(np.prod(np.maximum(span, 0)) / max(min(areas), 1e-6))


def _place(rng, unit, width, height, crowd) -> tuple:
    """(placement, box) with the figure inside, now and then cut off."""
    extent = unit[2:] - unit[:2]
    share = rng.uniform(0.55, 0.9) if crowd == 1 else rng.uniform(0.45, 0.72)
    scale = share * min(width, height) / extent.max()
    room = np.array([width, height]) - scale * extent
    corner = rng.random(2) * np.maximum(room, 0)
    if rng.random() < CUT_OFF:
        axis = rng.integers(2)
        past = rng.uniform(0.05, 0.2) * scale * extent[axis]
        corner[axis] = rng.choice([-past, room[axis] + past])
    place = Placement(corner - scale * unit[:2], scale)
    return place, np.concatenate([corner, corner + scale * extent])


def _gather(rng, width, height) -> list:
    """(figure, placement, box) of everybody, the smallest first.

    Somebody for whom no place is found does without.
    """
    crowd = 1 + int(rng.choice(len(CROWD), p=CROWD))
    people = []
    for _ in range(crowd):
        figure = sample_figure(rng)
        unit = _extent(figure)
        for _ in range(12):
            place, box = _place(rng, unit, width, height, crowd)
            if all(_overlap(box, other[2]) < 0.3 for other in people):
                people.append((figure, place, box))
                break
    return sorted(people, key=lambda person: person[1].scale)


def _occlude(rng, canvas: Canvas, people, light) -> None:
    """Now and then, a ball or a parcel in front of a joint."""
    if rng.random() > OCCLUDER:
        return
    figure, place, _ = people[rng.integers(len(people))]
    eye = np.array([0, 0, CAMERA])
    joint = figure.keypoints[rng.integers(5, len(figure.keypoints))]
    center = eye + 0.9 * (joint - eye)
    turn = yaw(rng.uniform(0, 90)) @ pitch(rng.uniform(-40, 40))
    half = turn * rng.uniform(0.03, 0.07, 3)
    color, part = garment_color(rng), PARTS['prop']
    if rng.random() < 0.5:
        mesh = ball(center, np.eye(3) * half.max(), color, part)
    else:
        mesh = box(center, half, color, part)
    canvas.draw_mesh(mesh, place, 16 * len(people), light)


def _develop(rng, image: np.ndarray) -> np.ndarray:
    """Exposure, slight blur and sensor noise."""
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 0.8))
    gain, offset = rng.uniform(0.85, 1.15), rng.uniform(-12, 12)
    noise = rng.standard_normal(image.shape[:2], np.float32)
    noise = offset + rng.uniform(0, 4) * noise
    image = cv2.scaleAdd(image, gain, cv2.merge([noise] * 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def draw_scene(rng: np.random.Generator, width: int, height: int) -> tuple:
    """One picture: (image (H, W, 3) uint8 BGR, list of :class:`Person`)."""
    people = _gather(rng, width, height)
    boxes = [box for _, _, box in people]
    background = make_background(
        rng, width, height, max(box[3] for box in boxes)
    )
    light = np.array([rng.uniform(-1, 1), rng.uniform(0.2, 1), 0.7])
    light /= np.linalg.norm(light)
    canvas = Canvas(width, height)
    silhouettes = [
        canvas.draw_person(figure.mesh, place, number, light)
        for number, (figure, place, _) in enumerate(people)
    ]
    _occlude(rng, canvas, people, light)
    painting = canvas.paint()
    cast_shadows(background, boxes)
    background = set_off(
        background, np.any(silhouettes, axis=0), painting.mean_color()
    )
    image = _develop(rng, painting.over(background))
    return image, [
        _describe(canvas, number, *person[:2], silhouettes[number])
        for number, person in enumerate(people)
    ]


def _describe(canvas, number, figure, place, silhouette) -> Person:
    points = project(figure.keypoints, place)
    flags = visibility(canvas, points, figure.keypoints[:, 2], number)
    return Person(
        np.column_stack([points, flags]), silhouette, figure.view, figure.pose
    )
