"""Surfaces of walls and floors: (H, W, 3) float32, BGR in 0..255."""

import cv2
import numpy as np

from .appearance import garment_color


def muted_color(rng: np.random.Generator) -> np.ndarray:
    """A colour paler than clothes, (3,) BGR."""
    grey = rng.uniform(50, 240)
    return (0.55 * garment_color(rng) + 0.45 * grey).astype(np.float32)


def _blend(
    mix: np.ndarray, rng: np.random.Generator, distance: float = 1.0
) -> np.ndarray:
    """Two colours mixed by a map (H, W) in [0, 1]."""
    first = muted_color(rng)
    step = distance * (muted_color(rng) - first)
    return cv2.merge(
        [
            start + mix.astype(np.float32) * change
            for start, change in zip(first, step)
        ]
    )


def gradient(rng, width, height):
    """Light that falls off towards one corner or edge."""
    across = np.linspace(0, rng.uniform(-1, 1), width, dtype=np.float32)
    down = np.linspace(0, rng.uniform(-1, 1), height, dtype=np.float32)
    mix = across[None] + down[:, None]
    return _blend((mix - mix.min()) / max(np.ptp(mix), 1e-6), rng)


def clouds(rng, width, height):
    """Smooth noise between two colours, in one to three octaves."""
    mix = np.zeros((height, width), np.float32)
    for octave in range(rng.integers(1, 4)):
        cells = rng.random((4 << octave, 4 << octave), np.float32)
        mix += (
            cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
            / 2**octave
        )
    mix -= mix.min()
    return _blend(mix / max(mix.max(), 1e-6), rng)


def grain(rng, width, height):
    """Fine specks, as of sand, lawn or plaster."""
    share = rng.uniform(0.2, 0.6)
    cells = rng.random(((height + 1) // 2, (width + 1) // 2), np.float32)
    mix = cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
    return _blend(mix, rng, share)


def bricks(rng, width, height):
    """Courses of bricks, or tiles, with joints of mortar."""
    wall = np.empty((height, width, 3), np.float32)
    wall[:] = muted_color(rng)
    tone = muted_color(rng)
    tall = int(rng.integers(max(height // 20, 5), max(height // 7, 8)))
    long = int(tall * rng.uniform(1, 3))
    shift = rng.integers(2) * long // 2
    for row, y in enumerate(range(0, height, tall)):
        for x in range(-(row % 2) * shift, width, long):
            shade = (tone * rng.uniform(0.85, 1.1)).tolist()
            cv2.rectangle(
                wall, (x + 1, y + 1), (x + long - 1, y + tall - 1), shade, -1
            )
    return wall


def stripes(rng, width, height):
    """Stripes or checks at any angle, of two colours not far apart."""
    x = np.arange(width, dtype=np.float32)[None]
    y = np.arange(height, dtype=np.float32)[:, None]
    angle = rng.uniform(0, np.pi)
    pitch = 2 * np.pi / (rng.uniform(0.05, 0.2) * width)
    cos, sin = np.cos(angle) * pitch, np.sin(angle) * pitch
    wave = np.sin(x * cos + y * sin)
    if rng.random() < 0.4:
        wave = wave * np.sin(y * cos - x * sin)
    return _blend(np.clip(wave * 3 + 0.5, 0, 1), rng, rng.uniform(0.2, 0.6))


WALLS = (gradient, clouds, grain, bricks, stripes)
FLOORS = (gradient, clouds, grain)
