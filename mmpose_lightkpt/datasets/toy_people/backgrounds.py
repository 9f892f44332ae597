"""Backgrounds: a wall, perhaps a floor, things, and blur."""

import cv2
import numpy as np

from .furniture import PIECES
from .textures import FLOORS, WALLS


def make_background(
    rng: np.random.Generator, width: int, height: int, feet: float
) -> np.ndarray:
    """What is behind people whose lowest foot is at row ``feet``.

    Returns:
        (H, W, 3) float32, BGR in 0..255.
    """
    image = WALLS[rng.integers(len(WALLS))](rng, width, height)
    floor = int(np.clip(feet * rng.uniform(0.6, 0.97), 1, height - 1))
    if rng.random() < 0.65:
        ground = FLOORS[rng.integers(len(FLOORS))](rng, width, height)
        image[floor:] = ground[floor:]
    image = np.ascontiguousarray(image)
    for _ in range(rng.integers(0, 5)):
        PIECES[rng.integers(len(PIECES))](rng, image, floor)
    if rng.random() < 0.75:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 3.0))
    return np.clip(image, 0, 255)


def cast_shadows(image: np.ndarray, boxes) -> None:
    """Darken the floor softly below each box (x0, y0, x1, y1), in place."""
    shadow = np.zeros(image.shape[:2], np.float32)
    for x0, y0, x1, y1 in boxes:
        center = (x0 + x1) / 2, y1 - 0.02 * (y1 - y0)
        cv2.ellipse(
            shadow, (center, (0.75 * (x1 - x0), 0.08 * (y1 - y0)), 0), 0.45, -1
        )
    dimming = 1 - cv2.GaussianBlur(shadow, (0, 0), 3)
    cv2.multiply(image, cv2.merge([dimming] * 3), dst=image)


def set_off(
    image: np.ndarray, mask: np.ndarray, color: np.ndarray, least: float = 45.0
) -> np.ndarray:
    """Brighten or darken a background that looks like what is before it.

    Args:
        mask: (H, W) bool, where people stand. color: (3,) their mean.
        least: difference in brightness that is left as it is.
    """
    behind = float(image[mask].mean())
    before = float(np.mean(color))
    if abs(behind - before) >= least:
        return image
    brighter = before < 120 if abs(behind - before) < 5 else behind > before
    target = before + least * (1 if brighter else -1)
    return np.clip(image + target - behind, 0, 255)
