"""Surfaces made of coloured quads: lofts, balls, boxes and flat marks."""

from dataclasses import dataclass
from typing import Sequence

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """Q quads of one or several surfaces.

    Attributes:
        corners: (Q, 4, 3).
        inside: (Q, 3), a point behind each quad: its normal points away.
        colors: (Q, 3) BGR in 0..255.
        parts: (Q,) label of the body part.
        lift: (Q,) how far towards the eye the quad is sorted: marks that
            lie on a surface are drawn after that surface.
    """

    corners: np.ndarray
    inside: np.ndarray
    colors: np.ndarray
    parts: np.ndarray
    lift: np.ndarray

    def select(self, quads: np.ndarray) -> 'Mesh':
        """The quads of a mask (Q,) or of numbers."""
        return Mesh(
            *(getattr(self, name)[quads] for name in self.__dataclass_fields__)
        )

    def middles(self) -> np.ndarray:
        """Centres (Q, 3) of the quads."""
        corners = self.corners
        return (
            corners[:, 0] + corners[:, 1] + corners[:, 2] + corners[:, 3]
        ) / 4

    def normals(self) -> np.ndarray:
        """Unit normals (Q, 3), outward."""
        first = self.corners[:, 2] - self.corners[:, 0]
        second = self.corners[:, 3] - self.corners[:, 1]
        after, before = [1, 2, 0], [2, 0, 1]
        normals = (
            first[:, after] * second[:, before]
            - first[:, before] * second[:, after]
        )
        length = np.sqrt((normals**2).sum(1))
        outward = ((self.middles() - self.inside) * normals).sum(1)
        length = np.maximum(length, 1e-12) * np.where(outward < 0, -1, 1)
        return normals / length[:, None]


def join(meshes: Sequence[Mesh]) -> Mesh:
    """All quads of several meshes."""
    return Mesh(
        *(
            np.concatenate([getattr(mesh, name) for mesh in meshes])
            for name in Mesh.__dataclass_fields__
        )
    )


def _mesh(corners, inside, colors, part, lift=0.0) -> Mesh:
    count = len(corners)
    points = np.empty((count, 3))
    points[:] = inside
    tones = np.empty((count, 3))
    tones[:] = colors
    return Mesh(
        corners, points, tones, np.full(count, part), np.full(count, lift)
    )


def loft(centers, lefts, fronts, colors, part, sides=14, lift=0.0) -> Mesh:
    """A skin over R elliptic rings.

    Args:
        centers, lefts, fronts: (R, 3) centre and half-axes of each ring.
        colors: (3,), or (R - 1, 3) by band, or (R - 1, sides, 3).
    """
    angles = np.arange(sides + 1) * (2 * np.pi / sides)
    rings = (
        centers[:, None]
        + lefts[:, None] * np.cos(angles)[:, None]
        + fronts[:, None] * np.sin(angles)[:, None]
    )
    quads = np.stack(
        [rings[:-1, :-1], rings[:-1, 1:], rings[1:, 1:], rings[1:, :-1]], 2
    )
    inside = ((centers[:-1] + centers[1:]) / 2).repeat(sides, axis=0)
    colors = np.asarray(colors, float)
    if colors.ndim == 2:
        colors = colors.repeat(sides, axis=0)
    return _mesh(
        quads.reshape(-1, 4, 3), inside, colors.reshape(-1, 3), part, lift
    )


def ball(center, half_axes, colors, part, bands=8, sides=14) -> Mesh:
    """An ellipsoid with half-axes the columns of ``half_axes`` (3, 3)."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, bands + 1)
    heights, widths = np.sin(angles), np.maximum(np.cos(angles), 1e-3)
    left, up, front = half_axes.T
    return loft(
        center + heights[:, None] * up,
        widths[:, None] * left,
        widths[:, None] * front,
        colors,
        part,
        sides,
    )


def box(center, half_axes, color, part) -> Mesh:
    """A box with half-edges the columns of ``half_axes`` (3, 3)."""
    left, up, front = half_axes.T
    faces = []
    for a, b, c in ((left, up, front), (up, front, left), (front, left, up)):
        for sign in (-1, 1):
            faces.append(
                [
                    center + sign * a + x * b + y * c
                    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
            )
    return _mesh(np.array(faces), center, color, part)


_OCTAGON = np.exp(1j * (np.arange(8) + 0.5) * np.pi / 4)
_THIRDS = np.array([[0, 1, 2, 3], [3, 4, 7, 0], [4, 5, 6, 7]])


def mark(center, left, up, inside, color, part, lift=0.02) -> Mesh:
    """A flat octagon with half-axes ``left`` and ``up``, as three quads."""
    ring = center + _OCTAGON.real[:, None] * left + _OCTAGON.imag[:, None] * up
    return _mesh(ring[_THIRDS], inside, color, part, lift)
