"""Cover a part of the crop: AID, information dropping augmentation.

AID (Huang et al., 2020, https://arxiv.org/abs/2008.07139) hides pixels, so
that a network learns to find a joint from the rest of the body.
"""

from typing import Tuple

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from .labelled_joints import labelled_joints

SHAPES = ('square', 'circle')
PLACES = ('joint', 'anywhere')
UNITS = ('crop', 'person')


@TRANSFORMS.register_module()
class InformationDrop(BaseTransform):
    """Paint grey patches over a crop; the labels stay as they are.

    Place it after ``TopdownAffine``. The defaults are those of fire717's
    MoveNet, whose patch covers little more than a joint; AID's own are
    larger. Albumentations' ``CoarseDropout``, by which MMPose's RTMPose
    configs cover a crop, knows nothing of joints.

    Required keys: ``img``, ``transformed_keypoints``, ``keypoints_visible``.
    Modified key: ``img``.

    Args:
        prob: how probable patches are, for each sample.
        shape: ``'square'`` or ``'circle'``.
        at: ``'joint'``, over a labelled joint within the crop, drawn for each
            patch, or ``'anywhere'`` in the crop.
        half_size: least and largest half of a square's side, or radius of a
            circle, as shares of the unit.
        unit: ``'crop'``, its longer side, or ``'person'``, the longer side of
            the rectangle around the labelled joints.
        num: patches of one sample.

    Raises:
        ValueError: an argument is outside of its range.
    """

    def __init__(
        self,
        prob: float = 0.3,
        shape: str = 'square',
        at: str = 'joint',
        half_size: Tuple[float, float] = (3 / 192, 6 / 192),
        unit: str = 'crop',
        num: int = 1,
    ) -> None:
        for name, value, choices in (
            ('shape', shape, SHAPES),
            ('at', at, PLACES),
            ('unit', unit, UNITS),
        ):
            if value not in choices:
                raise ValueError(
                    f'InformationDrop: {name} must be one of {choices}, got '
                    f'{value!r}'
                )
        if not 0 <= prob <= 1:
            raise ValueError(
                f'InformationDrop: prob must be from 0 to 1, got {prob}'
            )
        if not 0 < half_size[0] <= half_size[1]:
            raise ValueError(
                'InformationDrop: half_size must be two increasing positive '
                f'shares, got {half_size}'
            )
        if num < 1:
            raise ValueError(
                f'InformationDrop: num must be at least 1, got {num}'
            )
        self.prob, self.shape, self.at = prob, shape, at
        self.half_size, self.unit, self.num = tuple(half_size), unit, num

    def transform(self, results: dict) -> dict:
        """Paint the patches, or leave the picture as it is."""
        draw = np.random  # the state that seeded() seeds
        if draw.random() >= self.prob:
            return results
        height, width = results['img'].shape[:2]
        joints = _joints_inside(results, (width, height))
        if self.at == 'joint' and not len(joints):
            return results
        side = max(width, height)
        if self.unit == 'person' and len(joints):
            side = max(np.ptp(joints, axis=0).max(), 1)
        image = results['img'].copy()
        for _ in range(self.num):
            half = side * draw.uniform(*self.half_size)
            if self.at == 'joint':
                center = joints[draw.randint(len(joints))]
            else:
                center = draw.uniform((0, 0), (width - 1, height - 1))
            _paint(image, center, half, self.shape, draw.randint(256))
        results['img'] = image
        return results

    def __repr__(self) -> str:
        """Return the class name with its arguments."""
        return (
            f'{type(self).__name__}(prob={self.prob}, shape={self.shape!r}, '
            f'at={self.at!r}, half_size={self.half_size}, '
            f'unit={self.unit!r}, num={self.num})'
        )


def _joints_inside(results: dict, size: Tuple[int, int]) -> np.ndarray:
    """Labelled joints of the crop's own person within the crop, (V, 2)."""
    points = labelled_joints(results, 'transformed_keypoints')
    inside = (points >= -0.5) & (points < np.array(size) - 0.5)
    return points[inside.all(-1)]


def _paint(
    image: np.ndarray, center: np.ndarray, half: float, shape: str, grey: int
) -> None:
    """Set the pixels whose centres are within a shape."""
    low = np.maximum(np.ceil(center - half), 0).astype(int)
    high = np.floor(center + half).astype(int) + 1
    part = image[low[1] : high[1], low[0] : high[0]]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    away = (x + low[0] - center[0]) ** 2 + (y + low[1] - center[1]) ** 2
    part[(away <= half**2) | (shape == 'square')] = grey
