"""Draw figures: painter's order, shading, anti-aliasing by supersampling.

A canvas holds, for every fine pixel, the number of the quad on top. All
else - colour, part, depth, silhouette - is looked up through that number.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .figure import Figure
from .keypoints import PARTS

#: Fine pixels per pixel, along each axis.
FINE = 2
#: Distance of the camera in adult heights.
CAMERA = 4.
#: Depth step that makes a crease: a nearer part shades what is behind.
CREASE, CREASE_SHADE = .03, .6
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


def shade(colors, normals, depths, light) -> np.ndarray:
    """Colours (Q, 3) under a lamp in direction ``light`` (3,).

    Surfaces that face the camera, and nearer ones, are a little brighter.
    """
    lit = .42 * np.maximum(normals @ light, 0)
    facing = .22 * np.maximum(normals[:, 2], 0)
    near = 1 + .10 * np.clip(depths / .3, -1, 1)
    return np.clip(colors * ((.42 + lit + facing) * near)[:, None], 0, 255)


class Canvas:
    """The top quad of each fine pixel, and what is known of each quad.

    Attributes:
        top: (H * FINE, W * FINE) number of the quad on top, 0 for none.
        colors: (Q, 3) BGR of each quad.
        labels: (Q,) 16 * person + part, 0 for the background.
        depths: (Q,) height towards the camera.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.top = np.zeros((height * FINE, width * FINE), np.int32)
        self.colors = np.zeros((1, 3), np.uint8)
        self.labels = np.zeros(1, np.uint8)
        self.depths = np.full(1, -9., np.float32)

    def add(self, corners, colors, labels, depths) -> None:
        """Draw quads (Q, 4, 2) in image pixels, in the order given."""
        first = len(self.labels)
        fine = corners * FINE + (FINE - 1) / 2
        fixed = np.round(fine * 2 ** _SHIFT).astype(np.int32)
        top, fill = self.top, cv2.fillConvexPoly
        for number, quad in enumerate(fixed, start=first):
            fill(top, quad, number, 8, _SHIFT)
        self.colors = np.concatenate([self.colors, colors.astype(np.uint8)])
        self.labels = np.concatenate([self.labels, labels.astype(np.uint8)])
        self.depths = np.concatenate([self.depths,
                                      depths.astype(np.float32)])

    def draw(self, figure: Figure, place: Placement, person: int,
             light: np.ndarray) -> np.ndarray:
        """Draw a figure over all before; its silhouette (H, W) bool."""
        first, mesh = len(self.labels), figure.mesh
        middle, normals = mesh.corners.mean(1), mesh.normals()
        toward = [0, 0, CAMERA] - middle
        seen = np.flatnonzero((normals * toward).sum(1) > 0)
        order = seen[np.argsort(middle[seen, 2] + mesh.lift[seen],
                                kind='stable')]
        depths = middle[order, 2]
        self.add(project(mesh.corners[order], place),
                 shade(mesh.colors[order], normals[order], depths, light),
                 16 * person + mesh.parts[order], depths)
        body = self.labels % 16 != PARTS['prop']
        body[:first] = False
        return self._coverage(body.astype(np.uint8)[self.top]) > 127

    def mean_color(self) -> np.ndarray:
        """Mean colour (3,) of all that is drawn."""
        return self.colors[self.top[self.top > 0]].mean(0)

    def composite(self, background: np.ndarray) -> np.ndarray:
        """Lay the canvas over a background (H, W, 3) float32."""
        drawn = (self.top > 0).view(np.uint8)
        x, y, w, h = (int(side) // FINE for side in cv2.boundingRect(drawn))
        w, h = min(w + 2, self.width - x), min(h + 2, self.height - y)
        top = self.top[y * FINE:(y + h) * FINE, x * FINE:(x + w) * FINE]
        painted = self.colors[top]
        dark = _creases(self.labels[top], self.depths[top])
        painted[dark] = painted[dark] * CREASE_SHADE
        painted = cv2.resize(painted, (w, h), interpolation=cv2.INTER_AREA)
        image = background.copy()
        clear = 1 - self._coverage(drawn)[y:y + h, x:x + w, None] / np.float32(255)
        image[y:y + h, x:x + w] = painted + clear * image[y:y + h, x:x + w]
        return np.clip(image, 0, 255)

    def _coverage(self, mask: np.ndarray) -> np.ndarray:
        """Share of each pixel, in 255ths, that a fine mask covers."""
        return cv2.resize(mask * np.uint8(255), (self.width, self.height),
                          interpolation=cv2.INTER_AREA)


def _creases(labels: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Where (H, W) a surface lies just behind one of another part."""
    kernel = np.ones((5, 5), np.uint8)
    border = cv2.morphologyEx(labels, cv2.MORPH_GRADIENT, kernel) > 0
    return (border & (labels > 0)
            & (cv2.dilate(depths, kernel) - depths > CREASE))
