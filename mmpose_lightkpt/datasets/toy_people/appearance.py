"""What a toy person looks like: skin, hair and clothes.

Every garment takes its colour from one palette and both sides of the
body are dressed alike, so no colour belongs to a joint or to a side.
"""

from dataclasses import dataclass

import cv2
import numpy as np

#: Skin tones, BGR.
SKIN = np.array(
    [
        (181, 209, 244),
        (150, 184, 232),
        (126, 163, 214),
        (98, 138, 194),
        (74, 110, 165),
        (56, 84, 132),
        (42, 62, 104),
    ],
    float,
)
#: Hair colours, BGR.
HAIR = np.array(
    [
        (28, 28, 32),
        (34, 46, 66),
        (44, 70, 112),
        (86, 140, 190),
        (120, 176, 214),
        (52, 78, 156),
        (150, 150, 152),
    ],
    float,
)


@dataclass(frozen=True)
class Appearance:
    """Colours are BGR arrays (3,) in 0..255; lengths are shares of limbs.

    Attributes:
        sleeve: share of the arm covered, 0 to 2 (1 is the elbow).
        trouser: share of the leg covered, 0 to 2 (1 is the knee).
        skirt: length in shares of the thigh, 0 for trousers.
        pattern: 'plain', 'rings' or 'stripes', of the shirt.
        hair_style: 'short', 'long', 'bun', 'bald' or 'cap'.
    """

    skin: np.ndarray
    hair: np.ndarray
    shirt: np.ndarray
    accent: np.ndarray
    trousers: np.ndarray
    shoes: np.ndarray
    sleeve: float
    trouser: float
    skirt: float
    pattern: str
    hair_style: str
    buttons: bool


def garment_color(rng: np.random.Generator) -> np.ndarray:
    """A colour for any garment whatever: (3,) BGR."""
    hsv = np.array(
        [[[rng.integers(180), 255 * rng.beta(1.6, 1.6), rng.uniform(45, 245)]]]
    ).astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(float)


def _pick(rng, tones):
    tone = tones[rng.integers(len(tones))] * rng.uniform(0.9, 1.1)
    return np.clip(tone + rng.normal(0, 5, 3), 5, 250)


def sample_appearance(rng: np.random.Generator) -> Appearance:
    """Skin, hair and clothes, independent of each other and of the pose."""
    sleeve = rng.choice([0.0, 0.55, 1.1, 1.85], p=[0.15, 0.4, 0.1, 0.35])
    trouser = rng.choice([0.55, 1.2, 1.85], p=[0.3, 0.1, 0.6])
    return Appearance(
        skin=_pick(rng, SKIN),
        hair=_pick(rng, HAIR),
        shirt=garment_color(rng),
        accent=garment_color(rng),
        trousers=garment_color(rng),
        shoes=garment_color(rng),
        sleeve=float(sleeve),
        trouser=float(trouser),
        skirt=float(rng.uniform(0.55, 0.9)) if rng.random() < 0.15 else 0.0,
        pattern=str(
            rng.choice(['plain', 'rings', 'stripes'], p=[0.65, 0.2, 0.15])
        ),
        hair_style=str(
            rng.choice(
                ['short', 'long', 'bun', 'bald', 'cap'],
                p=[0.4, 0.25, 0.12, 0.08, 0.15],
            )
        ),
        buttons=bool(rng.random() < 0.6),
    )
