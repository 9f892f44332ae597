"""MoveNet's codec: four maps from people, one person from four maps."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from ..functional import movenet
from ..functional.movenet_targets import ARTICLE, OFFICIAL, movenet_targets

__all__ = ['MoveNetLabel']

PRESETS = dict(official=OFFICIAL, article=ARTICLE)


def _to_numpy(maps) -> np.ndarray:
    """A float32 array from a tensor of any device, or from an array."""
    if hasattr(maps, 'detach'):
        maps = maps.detach().float().cpu().numpy()
    return np.asarray(maps, np.float32)


@KEYPOINT_CODECS.register_module()
class MoveNetLabel(BaseKeypointCodec):
    r"""Encode people as MoveNet's maps and decode one person from them.

    Unlike fire717's code it holds for any input size, stride and number of
    joints, keeps regression and offsets real-valued, and never takes a joint
    without a label for a negative.

    Note:
        N: the crop's own people (1 in top-down), P: all people in the crop,
        K: joints, H x W: grid, ``input_size / stride``.

    Encoded:
        - center_heatmaps (1, H, W), heatmaps (K, H, W) in [0, 1]
        - regression (2K, H, W): joint minus cell, in cells, near a centre
        - offsets (2K, H, W): joint minus cell, in cells, near the joint
        - heatmap_weights, regression_weights, offset_weights (K, H, W) bool
        - keypoint_weights (N, K) in {0, 1}: labelled and inside the frame

    Decoding returns scores in [0, 1]: the joint's heatmap where it was
    found, not weighted by distance.

    Args:
        input_size: (w, h) of the network's input, pixels.
        stride: input pixels per cell.
        preset: ``'official'`` (centre is the mean of the labelled joints,
            Gaussian by box size, regression and offset learnt within 3
            cells) or ``'article'`` (centre of the box, exponential kernel
            with a radius by person size, single-cell regression).
        center: ``'keypoints'`` or ``'box'``, instead of the preset's.
        kernel: ``'gaussian'`` or ``'exponential'``, likewise.
        regression_radius: cells, likewise.
        offset_radius: cells, likewise.
        min_sigma_cells: floor of the Gaussian's sigma, likewise. TF has
            none; below one cell, most of a map's weight would be one cell.
        kernel_radius: cells, for all people alike, where the Gaussian has 3
            sigma. By default it is by the size of each.
        keypoint_stds: (K, ) width of each joint's Gaussian relative to its
            box's. Default: TF's for COCO's 17 joints, their mean otherwise.
        distance_offset: c of the weight 1/(d + c), in cells.

    Raises:
        ValueError: an argument is outside of its range.
    """

    auxiliary_encode_keys = {
        'people_keypoints',
        'people_visible',
        'people_boxes',
    }
    field_mapping_table = dict(
        center_heatmaps='center_heatmaps',
        heatmaps='heatmaps',
        heatmap_weights='heatmap_weights',
        regression='regression',
        regression_weights='regression_weights',
        offsets='offsets',
        offset_weights='offset_weights',
    )
    label_mapping_table = dict(keypoint_weights='keypoint_weights')

    def __init__(
        self,
        input_size: Tuple[int, int],
        stride: int = 4,
        preset: str = 'official',
        center: Optional[str] = None,
        kernel: Optional[str] = None,
        regression_radius: Optional[int] = None,
        offset_radius: Optional[int] = None,
        min_sigma_cells: Optional[float] = None,
        kernel_radius: Optional[int] = None,
        keypoint_stds: Optional[Sequence[float]] = None,
        distance_offset: float = movenet.DISTANCE_OFFSET,
    ):
        super().__init__()
        self.input_size = tuple(input_size)
        self.stride = stride
        self.keypoint_stds = keypoint_stds
        self.distance_offset = distance_offset
        given = dict(
            center=center,
            kernel=kernel,
            regression_radius=regression_radius,
            offset_radius=offset_radius,
            min_sigma_cells=min_sigma_cells,
            kernel_radius=kernel_radius,
        )
        given = {k: v for k, v in given.items() if v is not None}
        self._check_rules(dict(given, preset=preset))
        self._check_sizes()
        self.grid = tuple(size // stride for size in self.input_size)
        self.rules = replace(PRESETS[preset], **given)

    @staticmethod
    def _check_rules(given: dict) -> None:
        choices = dict(
            preset=tuple(PRESETS),
            center=('keypoints', 'box'),
            kernel=('gaussian', 'exponential'),
        )
        for name, value in given.items():
            if name in choices:
                if value not in choices[name]:
                    raise ValueError(
                        f'MoveNetLabel: {name} must be one of '
                        f'{choices[name]}, got {value!r}'
                    )
            elif value < 0:
                raise ValueError(
                    f'MoveNetLabel: {name} must not be '
                    f'negative, got {value} (it is in cells)'
                )

    def _check_sizes(self) -> None:
        if self.distance_offset <= 0:
            raise ValueError(
                'MoveNetLabel: distance_offset must be '
                f'positive, got {self.distance_offset}'
            )
        stds = self.keypoint_stds
        if stds is not None and not all(std > 0 for std in stds):
            raise ValueError(
                f'MoveNetLabel: keypoint_stds must be positive, got {stds}'
            )
        if (
            self.stride <= 0
            or len(self.input_size) != 2
            or any(size <= 0 or size % self.stride for size in self.input_size)
        ):
            raise ValueError(
                'MoveNetLabel: input_size (w, h) must be two multiples of '
                f'the stride, got {self.input_size} and stride {self.stride}'
            )

    @property
    def decode_spec(self) -> dict:
        """What a board needs to decode: the function and its arguments."""
        return dict(
            type='movenet',
            stride=[float(self.stride)] * 2,
            distance_offset=float(self.distance_offset),
        )

    def _inside(
        self, keypoints: np.ndarray, visible: np.ndarray
    ) -> np.ndarray:
        """Labelled and within the frame (a pixel reaches half to each side).

        Raises:
            ValueError: a visible keypoint is not finite.
        """
        labelled = visible > 0
        if not np.isfinite(keypoints[labelled]).all():
            raise ValueError(
                'MoveNetLabel: visible keypoints must be finite, got '
                f'{keypoints[labelled].tolist()}; give such a joint '
                'visibility 0'
            )
        size = np.asarray(self.input_size)
        with np.errstate(invalid='ignore'):
            inside = (keypoints >= -0.5) & (keypoints < size - 0.5)
        return labelled & inside.all(-1)

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: Optional[np.ndarray] = None,
        people_keypoints: Optional[np.ndarray] = None,
        people_visible: Optional[np.ndarray] = None,
        people_boxes: Optional[np.ndarray] = None,
    ) -> dict:
        """Draw the maps of everybody in the frame.

        Args:
            keypoints: (N, K, 2) input pixels.
            keypoints_visible: (N, K), 0 where there is no label.
            people_keypoints: (P, K, 2), everybody in the frame, the own
                person first; ``keypoints`` by default.
            people_visible: (P, K), all labelled by default.
            people_boxes: (P, 4) xyxy, input pixels.

        Returns:
            The items listed above.

        Raises:
            ValueError: a visible keypoint is not finite, or shapes do not
                agree.
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        weights = self._inside(keypoints, keypoints_visible)
        if people_keypoints is None:
            people_keypoints, inside = keypoints, weights
        else:
            if people_visible is None:
                people_visible = np.ones(people_keypoints.shape[:2])
            self._check_people(keypoints, people_keypoints, people_visible)
            inside = self._inside(people_keypoints, people_visible)
        boxes = people_boxes
        targets = movenet_targets(
            np.asarray(people_keypoints, np.float64) / self.stride,
            inside,
            None if boxes is None else np.asarray(boxes) / self.stride,
            self.grid,
            self.rules,
            self.keypoint_stds,
        )
        return dict(targets, keypoint_weights=weights.astype(np.float32))

    @staticmethod
    def _check_people(own, people, visible) -> None:
        if people.ndim != 3 or people.shape[1:] != own.shape[1:]:
            raise ValueError(
                f'MoveNetLabel: people_keypoints must be (P, {own.shape[1]}, '
                f'2) as the keypoints are, got {people.shape}'
            )
        if visible.shape != people.shape[:2]:
            raise ValueError(
                f'MoveNetLabel: people_visible must be {people.shape[:2]} as '
                f'people_keypoints are, got {visible.shape}'
            )

    def decode(
        self,
        center: np.ndarray,
        heatmaps: np.ndarray,
        regression: np.ndarray,
        offsets: np.ndarray,
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Decode one image's maps, each (C, H, W).

        Returns:
            Keypoints (1, K, 2) in input pixels and scores (1, K).
        """
        keypoints, scores = self.batch_decode(
            *(maps[None] for maps in (center, heatmaps, regression, offsets))
        )
        return keypoints[0], scores[0]

    def batch_decode(
        self, center, heatmaps, regression, offsets
    ) -> Tuple[List[np.ndarray], List[np.ndarray]]:
        """Decode a batch of maps, (N, C, H, W) tensors or arrays.

        Raises:
            ValueError: the maps hold NaN or their shapes do not agree.
        """
        maps = [_to_numpy(m) for m in (center, heatmaps, regression, offsets)]
        self._check_maps(maps)
        keypoints, scores = movenet.decode(
            *maps,
            stride=(self.stride, self.stride),
            distance_offset=self.distance_offset,
        )
        return list(keypoints), list(scores)

    def _check_maps(self, maps: Sequence[np.ndarray]) -> None:
        num, k = (maps[1].shape + (0, 0))[:2]
        want = [(num, c) + self.grid[::-1] for c in (1, k, 2 * k, 2 * k)]
        got = [m.shape for m in maps]
        if got != want:
            raise ValueError(
                'MoveNetLabel: expected centre, heatmaps, '
                f'regression and offsets of {want}, got {got}'
            )
        if not all(np.isfinite(m).all() for m in maps):
            raise ValueError(
                'MoveNetLabel: the maps to decode hold NaN or '
                'infinity; the network diverged'
            )
