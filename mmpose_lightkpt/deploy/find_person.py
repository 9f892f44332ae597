"""One person in a photograph, without a detector and without a box.

A video has the next frame to look closer in; a photograph is looked at again.
The whole picture and squares of half its side come first, for a model that
was trained on crops sees little of who is small in a picture. From the best of
these looks it goes on as :mod:`.follow` does, to the square that the joints
ask for.
"""

from typing import List, Tuple

import numpy as np

from ..functional.smart_crop import Square, pose_score, whole_square
from .boxes import without_padding
from .follow import PersonFollower
from .pipeline import PosePipeline
from .pose import Size
from .preprocess import check_image

LOOKS = 3
"""At the same person, the first among many included."""


def find_person(
    pipeline: PosePipeline,
    image: np.ndarray,
    score_threshold: float = 0.2,
    looks: int = LOOKS,
) -> Tuple[np.ndarray, np.ndarray]:
    """Estimate the pose of the person that the model sees best in an image.

    Args:
        pipeline: of a model of one person.
        image: (H, W, 3) uint8, BGR.
        score_threshold: joints that score less do not steer the crop.
        looks: at most; fewer where nobody is found.

    Returns:
        keypoints (K, 2) float32 in image pixels and scores (K,): of the last
        look that found somebody, else of the best first one.

    Raises:
        ValueError: wrong image, or NaN in the outputs.
    """
    check_image(image)
    spec, size = pipeline.spec, image.shape[1::-1]

    def look(square: Square) -> Tuple[np.ndarray, np.ndarray]:
        return pipeline(image, without_padding(square, spec.padding))

    found = max(map(look, first_squares(size)), key=_mean_score)
    follower = PersonFollower(
        spec.keypoint_names,
        score_threshold=score_threshold,
        from_boxes=spec.decoder['type'] != 'movenet',
        smooth=False,
    )
    for _ in range(looks - 1):
        if follower.update(*found, size, 0.0) is None:
            break
        closer = look(follower.crop(size))
        if pose_score(closer[1], score_threshold) < follower.min_score:
            break
        found = closer
    return found


def first_squares(size: Size) -> List[Square]:
    """The picture (w, h) padded to a square, and squares of half its side.

    These overlap by half of their own side, and cover the picture.
    """
    side = max(size) / 2
    xs, ys = (_starts(length, side) for length in size)
    return [whole_square(size)] + [
        (x, y, x + side, y + side) for y in ys for x in xs
    ]


def _starts(length: int, side: float) -> np.ndarray:
    """Where intervals begin that overlap by half and cover 0 to length."""
    if length <= side:
        return np.array([(length - side) / 2])
    return np.linspace(0, length - side, int(np.ceil(2 * length / side)) - 1)


def _mean_score(found: Tuple[np.ndarray, np.ndarray]) -> float:
    return float(found[1].mean())
