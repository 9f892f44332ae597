"""Surfaces made of coloured quads: lofts, balls, boxes and flat marks."""

from dataclasses import dataclass
from typing import Sequence

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """Q quads: corners (Q, 4, 3), outward normals (Q, 3), BGR (Q, 3).

    ``parts`` (Q,) holds the label of the body part of each quad, and
    ``lift`` (Q,) how far towards the eye it is sorted: marks that lie on
    a surface are drawn after that surface.
    """
    corners: np.ndarray
    normals: np.ndarray
    colors: np.ndarray
    parts: np.ndarray
    lift: np.ndarray


def join(meshes: Sequence[Mesh]) -> Mesh:
    """All quads of several meshes."""
    return Mesh(*(np.concatenate([getattr(mesh, name) for mesh in meshes])
                  for name in Mesh.__dataclass_fields__))


def _mesh(corners, inside, colors, part, lift=0.) -> Mesh:
    """Turn each normal away from ``inside`` (Q, 3) or (3,)."""
    normals = np.cross(corners[:, 2] - corners[:, 0],
                       corners[:, 3] - corners[:, 1])
    norm = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.maximum(norm, 1e-12)
    outward = ((corners.mean(1) - inside) * normals).sum(1)
    normals[outward < 0] *= -1
    count = len(corners)
    return Mesh(corners, normals,
                np.broadcast_to(np.asarray(colors, float), (count, 3)),
                np.full(count, part), np.full(count, float(lift)))


def loft(centers, lefts, fronts, colors, part, sides=14) -> Mesh:
    """A skin over R elliptic rings.

    Args:
        centers, lefts, fronts: (R, 3) centre and half-axes of each ring.
        colors: (3,), or (R - 1, 3) by band, or (R - 1, sides, 3).
    """
    angles = np.arange(sides) * 2 * np.pi / sides
    rings = (centers[:, None] + lefts[:, None] * np.cos(angles)[:, None]
             + fronts[:, None] * np.sin(angles)[:, None])
    turned = np.roll(rings, -1, axis=1)
    quads = np.stack([rings[:-1], turned[:-1], turned[1:], rings[1:]], 2)
    inside = np.repeat((centers[:-1] + centers[1:]) / 2, sides, axis=0)
    colors = np.asarray(colors, float)
    if colors.ndim == 2:
        colors = np.repeat(colors, sides, axis=0)
    return _mesh(quads.reshape(-1, 4, 3), inside, colors.reshape(-1, 3), part)


def ball(center, half_axes, colors, part, bands=8, sides=14) -> Mesh:
    """An ellipsoid with half-axes the columns of ``half_axes`` (3, 3)."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, bands + 1)
    heights, widths = np.sin(angles), np.maximum(np.cos(angles), 1e-3)
    left, up, front = half_axes.T
    return loft(center + heights[:, None] * up, widths[:, None] * left,
                widths[:, None] * front, colors, part, sides)


def box(center, half_axes, color, part) -> Mesh:
    """A box with half-edges the columns of ``half_axes`` (3, 3)."""
    left, up, front = half_axes.T
    faces = []
    for a, b, c in ((left, up, front), (up, front, left), (front, left, up)):
        for sign in (-1, 1):
            faces.append([center + sign * a + x * b + y * c for x, y in
                          ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    return _mesh(np.array(faces), center, color, part)


def mark(center, left, up, inside, color, part, lift=.02) -> Mesh:
    """A flat octagon with half-axes ``left`` and ``up``, as three quads."""
    angles = (np.arange(8) + .5) * np.pi / 4
    ring = (center + np.cos(angles)[:, None] * left
            + np.sin(angles)[:, None] * up)
    quads = np.stack([ring[[0, 1, 2, 3]], ring[[3, 4, 7, 0]],
                      ring[[4, 5, 6, 7]]])
    return _mesh(quads, inside, color, part, lift)
