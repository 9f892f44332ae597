"""Things that stand behind the people, drawn into a background."""

import cv2
import numpy as np

from .textures import muted_color


def _corner(x: float, y: float) -> tuple:
    return int(round(x)), int(round(y))


def _block(image, left, top, right, bottom, color, border=None) -> None:
    ends = _corner(left, top), _corner(right, bottom)
    cv2.rectangle(image, *ends, color.tolist(), -1)
    if border is not None:
        cv2.rectangle(image, *ends, border.tolist(), 2)


def window(rng, image, floor) -> None:
    """A window, a door or a picture on the wall."""
    size = min(image.shape[:2])
    wide, tall = size * rng.uniform(0.12, 0.35, 2)
    x = rng.uniform(-0.1, 0.9) * image.shape[1]
    y = rng.uniform(0, 0.4) * floor
    glass, frame = muted_color(rng), muted_color(rng)
    _block(image, x, y, x + wide, y + tall, glass, frame)
    if rng.random() < 0.6:
        cv2.line(
            image,
            _corner(x + wide / 2, y),
            _corner(x + wide / 2, y + tall),
            frame.tolist(),
            2,
        )
        cv2.line(
            image,
            _corner(x, y + tall / 2),
            _corner(x + wide, y + tall / 2),
            frame.tolist(),
            2,
        )


def cupboard(rng, image, floor) -> None:
    """A chest of drawers, a sofa or a distant house."""
    size = min(image.shape[:2])
    wide, tall = size * rng.uniform(0.2, 0.5), size * rng.uniform(0.12, 0.45)
    x = rng.uniform(-0.2, 0.9) * image.shape[1]
    bottom = floor + size * rng.uniform(0, 0.08)
    color = muted_color(rng)
    _block(image, x, bottom - tall, x + wide, bottom, color, color * 0.7)
    for step in range(1, rng.integers(1, 5)):
        y = bottom - tall * step / 4
        cv2.line(
            image,
            _corner(x, y),
            _corner(x + wide, y),
            (color * 0.75).tolist(),
            1,
        )


def tree(rng, image, floor) -> None:
    """A tree, a plant or a standing lamp."""
    size = min(image.shape[:2])
    x = rng.uniform(0, 1) * image.shape[1]
    top = floor - size * rng.uniform(0.2, 0.55)
    trunk, leaves = muted_color(rng) * 0.7, muted_color(rng)
    cv2.line(
        image,
        _corner(x, floor + 0.03 * size),
        _corner(x, top),
        trunk.tolist(),
        max(int(size * rng.uniform(0.01, 0.04)), 1),
    )
    for _ in range(rng.integers(1, 6)):
        center = np.array([x, top]) + size * rng.normal(0, 0.05, 2)
        axes = 2 * size * rng.uniform(0.04, 0.13, 2)
        cv2.ellipse(
            image,
            (tuple(center), tuple(axes), 0),
            (leaves * rng.uniform(0.8, 1.15)).tolist(),
            -1,
        )


def hills(rng, image, floor) -> None:
    """Rounded hills along the horizon."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(1, 4)):
        center = rng.uniform(0, 1) * width, float(floor)
        axes = width * rng.uniform(0.4, 1.2), height * rng.uniform(0.1, 0.5)
        cv2.ellipse(image, (center, axes, 0), muted_color(rng).tolist(), -1)


def litter(rng, image, floor) -> None:
    """Balls and boxes lying anywhere."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(1, 4)):
        center = rng.uniform(0, 1, 2) * (width, height)
        half = rng.uniform(0.02, 0.10, 2) * min(width, height)
        if rng.random() < 0.5:
            _block(image, *(center - half), *(center + half), muted_color(rng))
        else:
            cv2.ellipse(
                image,
                (tuple(center), tuple(2 * half), rng.uniform(0, 180)),
                muted_color(rng).tolist(),
                -1,
            )


PIECES = (window, cupboard, tree, hills, litter)
