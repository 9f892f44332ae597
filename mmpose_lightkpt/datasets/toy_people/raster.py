"""Draw figures: painter's order, shading, anti-aliasing by supersampling.

A canvas holds, for every fine pixel, the number of the quad on top. All
else - colour, part, depth, silhouette - is looked up through that number.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .keypoints import PARTS
from .mesh import Mesh

#: Fine pixels per pixel, along each axis.
FINE = 2
#: Distance of the camera in adult heights.
CAMERA = 4.0
#: Depth step that makes a crease: a nearer part shades what is behind.
CREASE, CREASE_SHADE = 0.03, 0.6
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
    lit = 0.42 * np.maximum(normals @ light, 0)
    facing = 0.22 * np.maximum(normals[:, 2], 0)
    near = 1 + 0.10 * np.clip(depths / 0.3, -1, 1)
    return np.clip(colors * ((0.42 + lit + facing) * near)[:, None], 0, 255)


class Canvas:
    """The top quad of each fine pixel, and what is known of each quad.

    Attributes:
        top: (H * FINE, W * FINE) number of the quad on top, 0 for none.
        colors: (Q, 4) BGR and opacity of each quad, 0 for the background.
        labels: (Q,) 16 * person + part, 0 for the background; the part
            of what belongs to nobody is 'prop'.
        depths: (Q,) height towards the camera.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.top = np.zeros((height * FINE, width * FINE), np.int32)
        self.colors = np.zeros((1, 4), np.uint8)
        self.labels = np.zeros(1, np.uint8)
        self.depths = np.full(1, -9.0, np.float32)

    def add(self, corners, colors, labels, depths) -> None:
        """Draw quads (Q, 4, 2) in image pixels, in the order given."""
        first = len(self.labels)
        fine = corners * FINE + (FINE - 1) / 2
        fixed = np.round(fine * 2**_SHIFT).astype(np.int32)
        top, fill = self.top, cv2.fillConvexPoly
        for number, quad in enumerate(fixed, start=first):
            fill(top, quad, number, 8, _SHIFT)
        opaque = np.full((len(colors), 4), 255, np.uint8)
        opaque[:, :3] = colors
        self.colors = np.concatenate([self.colors, opaque])
        self.labels = np.concatenate([self.labels, labels.astype(np.uint8)])
        self.depths = np.concatenate([self.depths, depths.astype(np.float32)])

    def draw_mesh(
        self, mesh: Mesh, place: Placement, label: int, light: np.ndarray
    ) -> None:
        """Draw a mesh over all before; its labels are label + part."""
        middle, normals = mesh.middles(), mesh.normals()
        toward = [0, 0, CAMERA] - middle
        seen = np.flatnonzero((normals * toward).sum(1) > 0)
        order = seen[
            np.argsort(middle[seen, 2] + mesh.lift[seen], kind='stable')
        ]
        depths = middle[order, 2]
        self.add(
            project(mesh.corners[order], place),
            shade(mesh.colors[order], normals[order], depths, light),
            label + mesh.parts[order],
            depths,
        )

    def draw_person(
        self, mesh: Mesh, place: Placement, person: int, light: np.ndarray
    ) -> np.ndarray:
        """Draw a person over all before.

        Returns:
            (H, W) bool, the silhouette of the body without its props, as
            if nothing were in front of it.
        """
        first = len(self.labels)
        self.draw_mesh(mesh, place, 16 * person, light)
        body = mesh.parts != PARTS['prop']
        if body.all():
            return self._silhouette(first)
        alone = Canvas(self.width, self.height)
        alone.draw_mesh(mesh.select(body), place, 0, light)
        return alone._silhouette(1)

    def _silhouette(self, first: int) -> np.ndarray:
        """Where (H, W) a quad is on top whose number is at least this."""
        silhouette = np.zeros((self.height, self.width), bool)
        rows, columns = self._drawn_region()
        drawn = self._fine(rows, columns) >= first
        silhouette[rows, columns] = _shrink(drawn.view(np.uint8) * 255) > 127
        return silhouette

    def paint(self) -> 'Painting':
        """The colours of all that is drawn, at the size of the picture."""
        rows, columns = self._drawn_region()
        top = self._fine(rows, columns)
        whole = self.colors.view(np.uint32)[:, 0]  # four bytes at a time
        fine = whole.take(top).view(np.uint8).reshape(*top.shape, 4)
        dark = _creases(self.labels.take(top), self.depths.take(top))
        fine[dark, :3] = fine[dark, :3] * CREASE_SHADE
        return Painting(rows, columns, _shrink(fine))

    def _drawn_region(self) -> tuple:
        """Slices (rows, columns) of pixels around all that is drawn."""
        x, y, w, h = cv2.boundingRect((self.top > 0).view(np.uint8))
        return (
            slice(y // FINE, -(-(y + h) // FINE)),
            slice(x // FINE, -(-(x + w) // FINE)),
        )

    def _fine(self, rows: slice, columns: slice) -> np.ndarray:
        return self.top[
            rows.start * FINE : rows.stop * FINE,
            columns.start * FINE : columns.stop * FINE,
        ]


@dataclass(frozen=True)
class Painting:
    """Drawn colours of a region of the picture.

    Attributes:
        colors: (h, w, 4) uint8, BGR weighted by coverage, and coverage.
    """

    rows: slice
    columns: slice
    colors: np.ndarray

    def mean_color(self) -> np.ndarray:
        """Mean colour (3,) of all that is drawn."""
        mean = np.array(cv2.mean(self.colors))
        return mean[:3] / max(mean[3] / 255, 1e-6)

    def over(self, background: np.ndarray) -> np.ndarray:
        """Lay it over a background (H, W, 3) float32, in 0..255."""
        image = background.copy()
        region = image[self.rows, self.columns]
        clear = 1 - self.colors[..., 3].astype(np.float32) / 255
        region *= cv2.merge([clear] * 3)
        region += self.colors[..., :3]
        return image


def _shrink(fine: np.ndarray) -> np.ndarray:
    """Average fine pixels (h * FINE, w * FINE, ...) into pixels."""
    size = fine.shape[1] // FINE, fine.shape[0] // FINE
    return cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


def _creases(labels: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Where (H, W) a surface lies just behind one of another part."""
    kernel = np.ones((5, 5), np.uint8)
    border = cv2.morphologyEx(labels, cv2.MORPH_GRADIENT, kernel) > 0
    return (
        border & (labels > 0) & (cv2.dilate(depths, kernel) - depths > CREASE)
    )
