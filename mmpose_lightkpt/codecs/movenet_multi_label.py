"""The codec of a MoveNet for several people: six maps, up to six persons."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
from mmpose.registry import KEYPOINT_CODECS

from ..functional import movenet_multi
from ..functional.movenet_boxes import box_targets, center_weights
from ..functional.movenet_multi import People
from .movenet_label import MoveNetLabel, _to_numpy

__all__ = ['MoveNetMultiLabel']


@KEYPOINT_CODECS.register_module()
class MoveNetMultiLabel(MoveNetLabel):
    """MoveNet's maps of a whole image and of each person's box.

    Made for MMPose's bottom-up mode, where a sample is an image: N are the
    people of the image and ``bbox`` (N, 4) their boxes.

    Encoded, beside what :class:`MoveNetLabel` draws:
        - box_offsets (2, H, W): middle of the box minus cell, in cells
        - box_sizes (2, H, W): width and height of the box, in cells
        - box_weights (1, H, W): 1 over the number of the person's cells
        - center_weights (1, H, W) bool: False where an unlabelled person is

    Decoding returns people with scores in [0, 1]: a joint's is its heatmap
    times the Gaussian of its distance to where it was expected, a person's
    is its centre times the mean of its joints'.

    Args:
        input_size: (w, h) of the network's input, pixels.
        max_people: most people in an image; MultiPose has six.
        min_center: centres below it, in (0, 1], are nobody.
        gaussian_ratio: r of the weight exp(-d^2 / (r min(H, W))).
        rules: the other arguments of :class:`MoveNetLabel`, but for
            ``distance_offset``, which is of one person.

    Raises:
        ValueError: an argument is outside of its range.
    """

    auxiliary_encode_keys = {'bbox'}
    field_mapping_table = dict(
        MoveNetLabel.field_mapping_table,
        center_weights='center_weights',
        box_offsets='box_offsets',
        box_sizes='box_sizes',
        box_weights='box_weights',
    )

    def __init__(
        self,
        input_size: Sequence[int],
        max_people: int = movenet_multi.MAX_PEOPLE,
        min_center: float = movenet_multi.MIN_CENTER,
        gaussian_ratio: float = movenet_multi.GAUSSIAN_RATIO,
        **rules: Any,
    ):
        if 'distance_offset' in rules:
            raise ValueError(
                'MoveNetMultiLabel: distance_offset is of one person; give '
                'gaussian_ratio'
            )
        super().__init__(tuple(input_size), **rules)
        for name, value, right in (
            ('max_people', max_people, max_people >= 1),
            ('min_center', min_center, 0 < min_center <= 1),
            ('gaussian_ratio', gaussian_ratio, gaussian_ratio > 0),
        ):
            if not right:
                raise ValueError(
                    f'MoveNetMultiLabel: {name} must be above 0'
                    f'{" and at most 1" * (name == "min_center")}, got {value}'
                )
        self.max_people = max_people
        self.min_center = min_center
        self.gaussian_ratio = gaussian_ratio

    @property
    def decode_spec(self) -> dict:
        """What a board needs to decode: the function and its arguments."""
        return dict(
            type='movenet_multi',
            stride=[float(self.stride)] * 2,
            max_people=int(self.max_people),
            min_center=float(self.min_center),
            gaussian_ratio=float(self.gaussian_ratio),
        )

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: Optional[np.ndarray] = None,
        bbox: Optional[np.ndarray] = None,
    ) -> dict:
        """Draw the maps of an image.

        Args:
            keypoints: (N, K, 2) input pixels, of everybody in the image.
            keypoints_visible: (N, K), 0 where there is no label.
            bbox: (N, 4) xyxy, input pixels.

        Returns:
            The items listed above.

        Raises:
            ValueError: a visible keypoint is not finite, or ``bbox`` is not
                (N, 4).
        """
        if bbox is not None and bbox.shape != (len(keypoints), 4):
            raise ValueError(
                f'MoveNetMultiLabel: bbox must be ({len(keypoints)}, 4), got '
                f'{bbox.shape}; BottomupRandomAffine needs '
                'bbox_keep_corner=False'
            )
        targets = super().encode(
            keypoints, keypoints_visible, people_boxes=bbox
        )
        visible = targets['keypoint_weights'] > 0
        boxes = None if bbox is None else np.asarray(bbox) / self.stride
        points = np.asarray(keypoints, np.float64) / self.stride
        return dict(
            targets,
            **box_targets(points, visible, boxes, self.grid, self.rules),
            center_weights=center_weights(
                targets['center_heatmaps'], visible, boxes
            ),
        )

    def decode(self, *outputs: np.ndarray) -> People:
        """Decode one image's maps, each (C, H, W); see ``batch_decode``."""
        (people,) = self.batch_decode(*(maps[None] for maps in outputs))
        return people

    def batch_decode(
        self, center, heatmaps, regression, offsets, box_offsets, box_sizes
    ) -> List[People]:
        """Decode a batch of maps, (N, C, H, W) tensors or arrays.

        Returns:
            Of each image its :class:`~..functional.movenet_multi.People`.

        Raises:
            ValueError: the maps hold NaN or their shapes do not agree.
        """
        maps = [
            _to_numpy(m)
            for m in (
                center,
                heatmaps,
                regression,
                offsets,
                box_offsets,
                box_sizes,
            )
        ]
        self._check_maps(maps)
        spec = self.decode_spec
        del spec['type']
        return movenet_multi.decode_people(*maps, **spec)

    def _check_maps(self, maps: Sequence[np.ndarray]) -> None:
        super()._check_maps(maps[:4])
        want = [(len(maps[0]), 2) + self.grid[::-1]] * 2
        got = [m.shape for m in maps[4:]]
        if got != want or not all(np.isfinite(m).all() for m in maps[4:]):
            raise ValueError(
                'MoveNetMultiLabel: expected finite box offsets and sizes of '
                f'{want}, got {got}'
            )
