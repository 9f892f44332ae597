"""Crops whose persons are as large as those of the scenes to come."""

from typing import Sequence, Tuple

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_warp_matrix

from mmpose_lightkpt.functional.person_areas import area_share

from .labelled_joints import labelled_joints


@TRANSFORMS.register_module()
class ScaleAwareCrop(BaseTransform):
    """Resize the crop so that its person covers a drawn share of it.

    MMPose's ``RandomBBoxTransform`` scales all crops alike, so small persons
    stay small ones. This draws how large the person shall be, as a share of
    the crop (see :mod:`~mmpose_lightkpt.functional.person_areas`), and sets
    the crop's scale by it. ``tools/person_areas.py`` proposes the arguments.

    Place it before ``TopdownAffine`` and after what else changes the box.

    Required keys: ``keypoints``, ``keypoints_visible``, ``bbox_center``,
    ``bbox_scale``; ``bbox_rotation`` if set. Modified key: ``bbox_scale``.

    Args:
        input_size: (w, h) of ``TopdownAffine``.
        edges: increasing areas (B + 1,), shares of the crop.
        weights: how often an area is drawn from each bin (B,); within a bin
            all are as probable.
        prob: how probable a new scale is, for each sample.
        zoom: least and largest factor of the crop's side.
        keep_joints: never cut off a labelled joint by a smaller crop.

    Raises:
        ValueError: an argument is outside of its range.
    """

    def __init__(
        self,
        input_size: Tuple[int, int],
        edges: Sequence[float],
        weights: Sequence[float],
        prob: float = 1.0,
        zoom: Tuple[float, float] = (0.5, 2.0),
        keep_joints: bool = True,
    ) -> None:
        self._check(edges, weights, prob, zoom)
        self.input_size, self.prob = tuple(input_size), prob
        self.edges = np.asarray(edges, np.float64)
        self.weights = np.asarray(weights, np.float64) / np.sum(weights)
        self.zoom, self.keep_joints = tuple(zoom), keep_joints

    @staticmethod
    def _check(edges, weights, prob, zoom) -> None:
        if len(edges) < 2 or not (
            edges[0] >= 0 and np.all(np.diff(edges) > 0)
        ):
            raise ValueError(
                'ScaleAwareCrop: edges must be increasing shares of the crop, '
                f'got {list(edges)}'
            )
        if (
            len(weights) != len(edges) - 1
            or not np.all(np.asarray(weights) >= 0)
            or not np.sum(weights) > 0
        ):
            raise ValueError(
                f'ScaleAwareCrop: weights must be {len(edges) - 1} numbers, '
                f'one for each bin and not all 0, got {list(weights)}'
            )
        if not 0 <= prob <= 1:
            raise ValueError(
                f'ScaleAwareCrop: prob must be from 0 to 1, got {prob}'
            )
        if not 0 < zoom[0] <= 1 <= zoom[1]:
            raise ValueError(
                'ScaleAwareCrop: zoom must be a factor of at most 1 and one '
                f'of at least 1, got {tuple(zoom)}'
            )

    def transform(self, results: dict) -> dict:
        """Set the scale, or leave a person of unknown size as it is."""
        draw = np.random  # the state that seeded() seeds
        if draw.random() >= self.prob:
            return results
        number = draw.choice(len(self.weights), p=self.weights)
        wanted = draw.uniform(*self.edges[number : number + 2])
        points, scale = self._in_crop(results)
        area = area_share(points, self.input_size)
        if not area > 0:
            return results
        factor = np.clip(np.sqrt(area / max(wanted, 1e-6)), *self.zoom)
        if self.keep_joints:
            half = np.array(self.input_size) / 2
            reach = (np.abs(points - half) / half).max()
            factor = max(factor, min(reach, 1.0))
        results['bbox_scale'] = (scale * factor).astype(np.float32)
        return results

    def _in_crop(self, results: dict) -> Tuple[np.ndarray, np.ndarray]:
        """Labelled joints (V, 2) in crop pixels, and the crop's scale."""
        w, h = self.input_size
        scale = TopdownAffine._fix_aspect_ratio(results['bbox_scale'], w / h)
        rotation = float(results.get('bbox_rotation', [0.0])[0])
        warp = get_warp_matrix(
            results['bbox_center'][0], scale[0], rotation, self.input_size
        )
        points = labelled_joints(results, 'keypoints')
        return points @ warp[:, :2].T + warp[:, 2], scale

    def __repr__(self) -> str:
        """Return the class name with its arguments."""
        return (
            f'{type(self).__name__}(input_size={self.input_size}, '
            f'edges={self.edges.tolist()}, weights={self.weights.tolist()}, '
            f'prob={self.prob}, zoom={self.zoom}, '
            f'keep_joints={self.keep_joints})'
        )
