"""Which annotations of a COCO file cannot be learned from."""

import math
from numbers import Real
from typing import Any, Optional


def find_fault(
    annotation: dict, image: dict, num_keypoints: int
) -> Optional[str]:
    """Say why the annotation of one person is unusable, if it is.

    Args:
        annotation: entry of ``annotations`` with ``keypoints`` (x, y, v in
            pixels, 3K numbers) and ``bbox`` (x, y, w, h in pixels).
        image: entry of ``images`` with ``width`` and ``height`` in pixels.
        num_keypoints: K.

    Returns:
        A few words that complete "left out for ...", or None.
    """
    keypoints, box = annotation['keypoints'], annotation.get('bbox')
    if not isinstance(keypoints, list) or len(keypoints) != 3 * num_keypoints:
        return f'a keypoint list that is not 3 x {num_keypoints} long'
    if not all(_is_finite(value) for value in keypoints):
        return 'a keypoint that is not a finite number'
    if not isinstance(box, list) or len(box) != 4:
        return 'no box of four numbers'
    if not all(_is_finite(value) for value in box):
        return 'a box that is not finite'
    x, y, width, height = box
    inside_x = min(x + width, image['width'] - 1) - max(x, 0)
    inside_y = min(y + height, image['height'] - 1) - max(y, 0)
    if min(width, height, inside_x, inside_y) <= 0:
        return 'a box without area inside the image'
    return None


def _is_finite(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value)
