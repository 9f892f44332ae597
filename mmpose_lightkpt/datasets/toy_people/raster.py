"""Draw figures: painter's order, shading, anti-aliasing by supersampling.

A canvas holds, for every fine pixel, the number of the quad on top. All
else - colour, part, depth, silhouette - is looked up through that number.
"""

from dataclasses import dataclass, field
from typing import List

import cv2
import numpy as np

from .figure import Figure

#: Fine pixels per pixel, along each axis.
FINE = 2
#: Distance of the camera in adult heights.
CAMERA = 4.
#: Fractional bits of the fixed-point corners that OpenCV draws.
_SHIFT = 4


@dataclass(frozen=True)
class Placement:
    """Where a figure stands: image = center + scale * perspective."""
    center: np.ndarray
    scale: float


def project(points: np.ndarray, place: Placement) -> np.ndarray:
    """Camera axes (..., 3) to image pixels (..., 2), pixel centres integer."""
    zoom = place.scale * CAMERA / (CAMERA - points[..., 2:])
    return place.center + points[..., :2] * [1, -1] * zoom


def light_quads(figure: Figure, light: np.ndarray) -> np.ndarray:
    """Colours (Q, 3) under a lamp in direction ``light`` (3,)."""
    mesh = figure.mesh
    lit = np.maximum(mesh.normals @ light, 0)
    rim = np.maximum(mesh.normals[:, 2], 0)
    near = np.clip(mesh.corners[:, :, 2].mean(1) / .3, -1, 1)
    shade = (.42 + .42 * lit + .22 * rim) * (1 + .10 * near)
    return np.clip(mesh.colors * shade[:, None], 0, 255)


@dataclass
class Canvas:
    """The top quad of each fine pixel, and what is known of each quad."""
    width: int
    height: int
    top: np.ndarray = field(init=False)
    colors: List[np.ndarray] = field(init=False)
    labels: List[np.ndarray] = field(init=False)
    depths: List[np.ndarray] = field(init=False)

    def __post_init__(self):
        self.top = np.zeros((self.height * FINE, self.width * FINE), np.int32)
        self.colors = [np.zeros((1, 3))]
        self.labels = [np.zeros(1, np.uint8)]
        self.depths = [np.full(1, -9.)]

    @property
    def count(self) -> int:
        """Number of quads so far, the background being quad 0."""
        return sum(map(len, self.labels))

    def label_map(self) -> np.ndarray:
        """(H, W) fine map of labels: 16 * person + part, 0 background."""
        return np.concatenate(self.labels)[self.top]

    def depth_map(self) -> np.ndarray:
        """(H, W) fine map of the height towards the camera."""
        return np.concatenate(self.depths).astype(np.float32)[self.top]

    def add(self, corners, colors, labels, depths) -> None:
        """Draw quads (Q, 4, 2) in image pixels, in the order given."""
        first = self.count
        fine = corners * FINE + (FINE - 1) / 2
        fixed = np.round(fine * 2 ** _SHIFT).astype(np.int32)
        top, fill = self.top, cv2.fillConvexPoly
        for number, quad in enumerate(fixed, start=first):
            fill(top, quad, number, 8, _SHIFT)
        self.colors.append(colors)
        self.labels.append(labels.astype(np.uint8))
        self.depths.append(depths)

    def draw(self, figure: Figure, place: Placement, person: int,
             light: np.ndarray) -> np.ndarray:
        """Draw a figure over all before; its silhouette (H, W) bool."""
        first, mesh = self.count, figure.mesh
        middle = mesh.corners.mean(1)
        toward = [0, 0, CAMERA] - middle
        seen = np.flatnonzero((mesh.normals * toward).sum(1) > 0)
        far_first = np.argsort(middle[seen, 2] + mesh.lift[seen],
                               kind='stable')
        order = seen[far_first]
        self.add(project(mesh.corners[order], place),
                 light_quads(figure, light)[order],
                 16 * person + mesh.parts[order], middle[order, 2])
        labels = np.concatenate(self.labels)
        body = (np.arange(len(labels)) >= first) & (labels % 16 != 11)
        return _coverage(body[self.top].astype(np.uint8)) > .5

    def composite(self, background: np.ndarray) -> np.ndarray:
        """Lay the canvas over a background (H, W, 3) uint8."""
        colors = np.concatenate(self.colors).astype(np.float32)
        painted = colors[self.top]
        painted[_creases(self.label_map(), self.depth_map())] *= .6
        covered = _coverage((self.top > 0).astype(np.uint8))[..., None]
        painted = cv2.resize(painted, (self.width, self.height),
                             interpolation=cv2.INTER_AREA)
        return np.clip(painted + background * (1 - covered), 0,
                       255).astype(np.uint8)


def _coverage(mask: np.ndarray) -> np.ndarray:
    """Share of each pixel that a fine mask of zeros and ones covers."""
    size = mask.shape[1] // FINE, mask.shape[0] // FINE
    return cv2.resize(mask.astype(np.float32), size,
                      interpolation=cv2.INTER_AREA)


def _creases(labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Where (H, W) a surface lies just behind one of another part."""
    kernel = np.ones((5, 5), np.uint8)
    border = cv2.morphologyEx(labels, cv2.MORPH_GRADIENT, kernel) > 0
    return border & (cv2.dilate(depth, kernel) - depth > .03)
