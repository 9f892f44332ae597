"""Backgrounds: walls, textures, furniture and blur behind the people."""

import cv2
import numpy as np

from .appearance import garment_color


def _color(rng: np.random.Generator) -> tuple:
    """A rather pale colour, BGR."""
    tint = .65 * garment_color(rng) + .35 * rng.uniform(60, 235)
    return tuple(float(value) for value in tint)


def _gradient(rng, width, height):
    """A wall lit from one corner."""
    across = np.linspace(0, 1, width)[None] * rng.choice([-1, 1])
    down = np.linspace(0, 1, height)[:, None] * rng.choice([-1, 1])
    mix = across * rng.random() + down * rng.random()
    mix = ((mix - mix.min()) / max(np.ptp(mix), 1e-6))[..., None]
    return mix * _color(rng) + (1 - mix) * np.array(_color(rng))


def _clouds(rng, width, height):
    """Smooth noise between two colours, in one to three octaves."""
    mix = np.zeros((height, width), np.float32)
    for octave in range(rng.integers(1, 4)):
        cells = rng.random((4 << octave, 4 << octave)).astype(np.float32)
        mix += cv2.resize(cells, (width, height),
                          interpolation=cv2.INTER_CUBIC) / 2 ** octave
    mix = np.clip((mix - .5) / (mix.max() - .4), 0, 1)[..., None]
    return mix * _color(rng) + (1 - mix) * np.array(_color(rng))


def _bricks(rng, width, height):
    """Courses of bricks with joints of mortar."""
    wall = np.empty((height, width, 3))
    wall[:] = _color(rng)
    tone = np.array(_color(rng))
    tall = int(rng.integers(max(height // 24, 4), max(height // 8, 6)))
    long = int(tall * rng.uniform(1.5, 3))
    for row, y in enumerate(range(0, height, tall)):
        for x in range(-(row % 2) * long // 2, width, long):
            shade = tuple(float(v) for v in tone * rng.uniform(.85, 1.1))
            cv2.rectangle(wall, (x + 1, y + 1), (x + long - 1, y + tall - 1),
                          shade, -1)
    return wall


def _stripes(rng, width, height):
    """Stripes or checks at any angle."""
    y, x = np.mgrid[:height, :width]
    angle, period = rng.uniform(0, np.pi), rng.uniform(.04, .2) * width
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 6.28 / period)
    if rng.random() < .4:
        wave = wave * np.sin((y * np.cos(angle) - x * np.sin(angle))
                             * 6.28 / period)
    mix = np.clip(wave * 3 + .5, 0, 1)[..., None]
    first = np.array(_color(rng))
    return mix * first + (1 - mix) * (.6 * first + .4 * np.array(_color(rng)))


WALLS = (_gradient, _clouds, _bricks, _stripes)


def _furnish(rng, image):
    """Boxes, balls and beams at random."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(0, 7)):
        center = rng.uniform(0, 1, 2) * (width, height)
        half = rng.uniform(.03, .25, 2) * min(width, height)
        kind = rng.integers(3)
        if kind == 0:
            ends = np.round([center - half, center + half]).astype(int)
            cv2.rectangle(image, tuple(ends[0].tolist()),
                          tuple(ends[1].tolist()), _color(rng), -1)
        elif kind == 1:
            cv2.ellipse(image, (tuple(center), tuple(2 * half),
                                rng.uniform(0, 180)), _color(rng), -1)
        else:
            ends = np.round([center - 2 * half, center + 2 * half])
            cv2.line(image, tuple(ends[0].astype(int).tolist()),
                     tuple(ends[1].astype(int).tolist()), _color(rng),
                     int(rng.integers(2, max(width // 16, 4))))


def make_background(rng: np.random.Generator, width: int,
                    height: int) -> np.ndarray:
    """A room or a plain wall: (H, W, 3) float32, BGR in 0..255."""
    image = np.ascontiguousarray(
        WALLS[rng.integers(len(WALLS))](rng, width, height), np.float32)
    if rng.random() < .5:
        level = int(height * rng.uniform(.55, .95))
        floor = WALLS[rng.integers(2)](rng, width, height)
        image[level:] = floor[level:]
    _furnish(rng, image)
    if rng.random() < .7:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(.6, 3.5))
    return image
