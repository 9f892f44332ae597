"""Everybody's keypoints in the crop of one person.

MMPose's top-down sample holds one person. MoveNet's centre and joint maps
show whoever is in the frame, so the other people have to follow the flip and
the affine map that the crop went through.
"""

from typing import Tuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import (
    flip_bbox,
    get_udp_warp_matrix,
    get_warp_matrix,
)

CORNERS = [[0, 1], [2, 1], [2, 3], [0, 3]]


@TRANSFORMS.register_module()
class PeopleInCrop(BaseTransform):
    """Map all people of the image into the crop.

    Place it after ``TopdownAffine`` and before ``GenerateTarget``; the only
    other transforms that may move pixels are one horizontal ``RandomFlip``
    and those that set the crop's centre, scale and rotation.

    Required keys: ``keypoints``, ``keypoints_visible``, ``bbox``,
    ``transformed_keypoints``, ``input_center``, ``input_scale``,
    ``input_size``, ``img_shape``, ``flip_indices``; ``flip``,
    ``flip_direction`` and ``bbox_rotation`` if set; ``other_keypoints``,
    ``other_visible`` and ``other_boxes`` (:class:`PeopleDataset` brings them)
    if there are others.

    Added keys, in crop pixels, the crop's own person first, then those with
    at least one labelled joint in the crop:

    - ``people_keypoints`` (P, K, 2);
    - ``people_visible`` (P, K), 1 for a labelled joint inside the crop, else
      0; a joint is inside if its pixel is one of the crop's;
    - ``people_boxes`` (P, 4), x1, y1, x2, y2 of the upright rectangle around
      the mapped corners.

    Args:
        use_udp: ``TopdownAffine``'s value of the same name.
    """

    def __init__(self, use_udp: bool = False) -> None:
        self.use_udp = use_udp

    def transform(self, results: dict) -> dict:
        """Add the people to the results."""
        keypoints, visible, boxes = _gather_people(results)
        warp = self._warp_matrix(results)
        corners = boxes[:, CORNERS]
        keypoints, corners = _warp(keypoints, warp), _warp(corners, warp)
        _check_own(keypoints[0], results['transformed_keypoints'][0])
        size = np.asarray(results['input_size'], np.float32)
        inside = (keypoints >= -0.5).all(-1) & (keypoints < size - 0.5).all(-1)
        visible = (visible > 0) & inside
        kept = visible.any(-1)
        kept[0] = True
        results['people_keypoints'] = keypoints[kept]
        results['people_visible'] = visible[kept].astype(np.float32)
        results['people_boxes'] = np.concatenate(
            (corners[kept].min(1), corners[kept].max(1)), axis=-1
        )
        return results

    def _warp_matrix(self, results: dict) -> np.ndarray:
        get_matrix = get_udp_warp_matrix if self.use_udp else get_warp_matrix
        rotation = float(results.get('bbox_rotation', [0.0])[0])
        return get_matrix(
            results['input_center'],
            results['input_scale'],
            rotation,
            results['input_size'],
        )

    def __repr__(self) -> str:
        """Return the class name with its arguments."""
        return f'{type(self).__name__}(use_udp={self.use_udp})'


def _gather_people(results: dict) -> Tuple[np.ndarray, ...]:
    """Own person and flipped others: (P, K, 2), (P, K) and (P, 4)."""
    own = results['keypoints'][:1]
    visible = results['keypoints_visible'][:1]
    if visible.ndim == 3:  # (1, K, 2): visibility and weight
        visible = visible[..., 0]
    people = own, visible, results['bbox'][:1]
    if len(results.get('other_keypoints', ())):
        others = _flip_others(results)
        people = tuple(map(np.concatenate, zip(people, others)))
    return tuple(np.asarray(part, np.float32) for part in people)


def _flip_others(results: dict) -> Tuple[np.ndarray, ...]:
    """The others as ``RandomFlip`` left the image."""
    keypoints, visible = results['other_keypoints'], results['other_visible']
    boxes = results['other_boxes']
    if not results.get('flip'):
        return keypoints, visible, boxes
    if results['flip_direction'] != 'horizontal':
        raise ValueError(
            'PeopleInCrop follows horizontal flips only, got flip_direction='
            f'{results["flip_direction"]!r} (set RandomFlip to horizontal)'
        )
    height, width = results['img_shape'][:2]
    indices = results['flip_indices']
    keypoints = keypoints[:, indices].copy()
    keypoints[..., 0] = width - 1 - keypoints[..., 0]
    boxes = flip_bbox(boxes, (width, height), 'xyxy', 'horizontal')
    return keypoints, visible[:, indices], boxes


def _warp(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Apply a 2x3 matrix to points (P, M, 2)."""
    return cv2.transform(points, matrix).astype(np.float32)


def _check_own(mapped: np.ndarray, expected: np.ndarray) -> None:
    if not np.allclose(mapped, expected, atol=0.01, equal_nan=True):
        raise ValueError(
            'PeopleInCrop maps the own person '
            f'{np.abs(mapped - expected).max():.2f} px away from '
            'TopdownAffine: give both the same use_udp, and let no transform '
            'that moves keypoints stand between or before them'
        )
