"""The codec of integral regression: points, and maps with these means."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple, Union

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from ..functional.integral_targets import exact_maps, rounded_maps

__all__ = ['IntegralRLELabel']

TARGETS = dict(exact=exact_maps, rounded=rounded_maps)


@KEYPOINT_CODECS.register_module()
class IntegralRLELabel(BaseKeypointCodec):
    """Points on a half-pixel grid and Gaussian maps whose means they are.

    Unlike MMPose's ``IntegralRegressionLabel``, pixel x of w is
    (x + 0.5) / w, the convention of cells at (j + 0.5) / n, and the maps are
    never rounded to a cell: both terms of a loss ask for the same point.

    Note:
        N: persons (1 in top-down), K: joints, H x W: map.

    Encoded:
        - keypoint_labels (N, K, 2) in (0, 1)
        - keypoint_weights (N, K) in {0, 1}: labelled and inside the frame
        - heatmaps (N * K, H, W), each of sum 1

    A joint of weight 0 has the point (0.5, 0.5) and a flat map.

    The map of a joint nearer to the border than half a cell has its mean at
    the outermost cells' centres: no map's mean lies further out.

    Args:
        input_size: (w, h) of the network's input, pixels.
        heatmap_size: (W, H) of the maps, cells; at least 2.
        sigma_cells: of the Gaussians, in cells; one number or one for each
            of x and y.
        target: ``'exact'``, or ``'rounded'`` to the nearest cell and cut off
            at three sigmas as MMPose's are, for comparison.

    Raises:
        ValueError: an argument is outside of its range.
    """

    field_mapping_table = dict(heatmaps='heatmaps')
    label_mapping_table = dict(
        keypoint_labels='keypoint_labels', keypoint_weights='keypoint_weights'
    )

    def __init__(
        self,
        input_size: Tuple[int, int],
        heatmap_size: Tuple[int, int],
        sigma_cells: Union[float, Sequence[float]] = 1.0,
        target: str = 'exact',
    ):
        super().__init__()
        pair = np.ndim(sigma_cells) > 0
        sigma = tuple(sigma_cells) if pair else (sigma_cells, sigma_cells)
        self._check(input_size, heatmap_size, sigma, target)
        self.input_size = tuple(input_size)
        self.heatmap_size = tuple(heatmap_size)
        self.sigma_cells = sigma
        self.target = target

    @staticmethod
    def _check(input_size, heatmap_size, sigma, target) -> None:
        for name, value, least in (
            ('input_size', input_size, 1),
            ('heatmap_size', heatmap_size, 2),
        ):
            if len(value) != 2 or any(int(v) != v or v < least for v in value):
                raise ValueError(
                    f'IntegralRLELabel: {name} must be two whole numbers '
                    f'(w, h) of at least {least}, got {value}'
                )
        if len(sigma) != 2 or not all(0 < s < np.inf for s in sigma):
            raise ValueError(
                'IntegralRLELabel: sigma_cells must be positive, one number '
                f'or one for each of x and y, got {sigma}'
            )
        if target not in TARGETS:
            raise ValueError(
                'IntegralRLELabel: target must be one of '
                f'{tuple(TARGETS)}, got {target!r}'
            )

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: Optional[np.ndarray] = None,
    ) -> dict:
        """Normalise the points and draw their maps.

        Args:
            keypoints: (N, K, 2) input pixels.
            keypoints_visible: (N, K), 0 where there is no label; all are
                labelled by default.

        Returns:
            The items listed above.

        Raises:
            ValueError: a visible keypoint is not finite.
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        labelled = keypoints_visible > 0
        if not np.isfinite(keypoints[labelled]).all():
            raise ValueError(
                'IntegralRLELabel: visible keypoints must be finite, got '
                f'{keypoints[labelled].tolist()}; give such a joint '
                'visibility 0'
            )
        labels = (np.asarray(keypoints, np.float64) + 0.5) / self.input_size
        with np.errstate(invalid='ignore'):
            inside = labelled & ((labels >= 0) & (labels < 1)).all(-1)
        labels = np.where(inside[..., None], labels, 0.5)
        return dict(
            keypoint_labels=labels.astype(np.float32),
            keypoint_weights=inside.astype(np.float32),
            heatmaps=self._maps(labels.reshape(-1, 2), inside.ravel()),
        )

    def _maps(self, labels: np.ndarray, inside: np.ndarray) -> np.ndarray:
        width, height = self.heatmap_size
        flat = np.float32(1 / (width * height))
        maps = np.full((len(labels), height, width), flat)
        cells = labels[inside] * self.heatmap_size - 0.5
        draw = TARGETS[self.target]
        maps[inside] = draw(cells, self.heatmap_size, self.sigma_cells)
        return maps

    def decode(
        self, encoded: np.ndarray, scores: Optional[np.ndarray] = None
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Turn normalised points into input pixels.

        Args:
            encoded: (N, K, 2) points, or (N, K, 4) points and sigmas.
            scores: (N, K); by default 1 - mean(sigma), and 1 where there are
                no sigmas.

        Returns:
            Keypoints (N, K, 2) and scores (N, K).

        Raises:
            ValueError: ``encoded`` has another shape, or is not finite.
        """
        encoded = np.asarray(encoded, np.float32)
        if encoded.ndim != 3 or encoded.shape[-1] not in (2, 4):
            raise ValueError(
                'IntegralRLELabel: expected points (N, K, 2), or points and '
                f'sigmas (N, K, 4), got {encoded.shape}'
            )
        if not np.isfinite(encoded).all():
            raise ValueError(
                'IntegralRLELabel: the points to decode hold NaN or '
                'infinity; the network diverged'
            )
        size = np.float32(self.input_size)
        keypoints = encoded[..., :2] * size - np.float32(0.5)
        if scores is None:
            scores = np.ones(encoded.shape[:2], np.float32)
            if encoded.shape[-1] == 4:
                scores = np.clip(1 - encoded[..., 2:].mean(-1), 0, 1)
        return keypoints, scores
