"""From a photograph and a box to the network's input, and back.

The crop is the one of MMPose's ``GetBBoxCenterScale`` + ``TopdownAffine``
(``use_udp=False``, no rotation): the box is enlarged by ``padding``, its
shorter side is extended to the input's aspect ratio, and the centre of the
result goes to ``input_size / 2``. Parts outside the photograph are black.
Points are (x, y), pixel centres are integers, boxes are x1, y1, x2, y2.

OpenCV is used when it is installed; otherwise :mod:`.warp` does the same
arithmetic in numpy.
"""

from typing import Optional, Sequence, Tuple

import numpy as np

from .spec import ModelSpec
from .warp import warp_bilinear


def check_image(image: np.ndarray) -> None:
    """Raise ValueError unless ``image`` is (H, W, 3) uint8."""
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or not image.size
    ):
        got = (
            f'{image.dtype} of shape {image.shape}'
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise ValueError(
            'preprocess: expected a BGR uint8 image of shape '
            f'(H, W, 3), got {got}'
        )


def crop_matrix(
    box: Sequence[float], input_size: Tuple[int, int], padding: float
) -> np.ndarray:
    """Affine map from image pixels to crop pixels.

    The arithmetic is done in float32 where MMPose does so, which makes the
    crop equal to MMPose's to the last bit.

    Args:
        box: x1, y1, x2, y2 in image pixels.
        input_size: ``(w, h)`` of the crop in pixels.
        padding: factor on the box's sides.

    Returns:
        (2, 3) float64, no rotation, one factor on both axes.

    Raises:
        ValueError: the box is not four finite numbers, or is empty.
    """
    corners = np.asarray(box, np.float32)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise ValueError(
            'preprocess: box must be four finite numbers '
            f'(x1, y1, x2, y2), got {box!r}'
        )
    if (corners[2:] <= corners[:2]).any():
        raise ValueError(
            'preprocess: box must have x1 < x2 and y1 < y2, '
            f'got {corners.tolist()}'
        )
    width, height = input_size
    size = (corners[2:] - corners[:2]) * np.float32(padding)
    center = (corners[2:] + corners[:2]) * np.float32(0.5)
    # The larger of the width and what the height needs at this aspect.
    side = max(size[0], size[1] * np.float32(width / height))
    # MMPose builds the map from three float32 points: the centre, the middle
    # of the left edge, and the latter turned by a quarter about the centre.
    left = np.float32(center[0] - 0.5 * np.float64(side))
    below = np.float32(center[1] + np.float32(center[0] - left))
    reach = np.array([center[0], below], np.float64) - [left, center[1]]
    scale = 0.5 * width / reach
    shift = 0.5 * np.array(input_size) - scale * center.astype(np.float64)
    return np.array([[scale[0], 0.0, shift[0]], [0.0, scale[1], shift[1]]])


def to_input(crop: np.ndarray, spec: ModelSpec) -> np.ndarray:
    """Normalise a crop.

    Args:
        crop: (H, W, 3) uint8, BGR.
        spec: says channel order, mean and std.

    Returns:
        (3, H, W) float32, C-contiguous.
    """
    channels = crop[..., ::-1] if spec.channel_order == 'rgb' else crop
    x = np.empty((3,) + crop.shape[:2], np.float32)
    for c in range(3):
        np.subtract(channels[..., c], np.float32(spec.mean[c]), out=x[c])
        x[c] /= np.float32(spec.std[c])
    return x


def preprocess(
    image: np.ndarray, spec: ModelSpec, box: Optional[Sequence[float]] = None
) -> Tuple[np.ndarray, np.ndarray]:
    """Cut out one person and normalise.

    Args:
        image: (H, W, 3) uint8, BGR, as ``cv2.imread`` returns it.
        spec: the model's spec.
        box: x1, y1, x2, y2 in image pixels. None means the whole image,
            padded like any other box (as MMPose's ``inference_topdown``).

    Returns:
        x (3, h, w) float32 and the (2, 3) map from image to crop pixels.

    Raises:
        ValueError: not a BGR uint8 image, or an impossible box.
    """
    check_image(image)
    if box is None:
        box = (0, 0, image.shape[1], image.shape[0])
    matrix = crop_matrix(box, spec.input_size, spec.padding)
    return to_input(
        warp_bilinear(image, matrix, spec.input_size), spec
    ), matrix


def to_image(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Map points from crop pixels back to image pixels.

    Args:
        points: (..., 2) in crop pixels.
        matrix: (2, 3) from :func:`crop_matrix`.

    Returns:
        (..., 2) float32 in image pixels.
    """
    inverse = np.linalg.inv(matrix[:, :2])
    return (
        (np.asarray(points, np.float64) - matrix[:, 2]) @ inverse.T
    ).astype(np.float32)
