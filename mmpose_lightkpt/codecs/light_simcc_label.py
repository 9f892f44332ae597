"""SimCC's codec: two rows of bins from a joint, a joint from two rows."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple, Union

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from ..functional import bins

__all__ = ['LightSimCCLabel']


def _to_numpy(logits) -> np.ndarray:
    """A float32 array from a tensor of any device, or from an array."""
    if hasattr(logits, 'detach'):
        logits = logits.detach().float().cpu().numpy()
    return np.asarray(logits, np.float32)


@KEYPOINT_CODECS.register_module()
class LightSimCCLabel(BaseKeypointCodec):
    r"""Encode joints as distributions over bins of x and of y.

    Unlike MMPose's ``SimCCLabel`` it never rounds a joint to a bin, its
    labels sum to 1 at the borders too, its decode is exact for a perfect
    label, and its scores are in [0, 1].

    Note:
        N: persons, K: joints, Wx and Wy: bins, ``input_size * split_ratio``.

    Encoded:
        - keypoint_x_labels (N, K, Wx): Gaussian that sums to 1; 0 where the
          weight is 0
        - keypoint_y_labels (N, K, Wy)
        - keypoint_weights (N, K) in {0, 1}: labelled and inside the frame

    Decoding takes logits and returns scores in [0, 1]: how probable the
    network finds it that the joint is within 3 sigma.

    Args:
        input_size: (w, h) of the network's input, pixels.
        split_ratio: bins per pixel; bin i lies at pixel i / split_ratio.
        sigma_bins: width of the labels in bins, one for both axes or (x, y).
        decoding: ``'smooth'``, ``'argmax'`` (as MMPose) or ``'soft'``; see
            :func:`~mmpose_lightkpt.functional.bins.locate`.

    Raises:
        ValueError: an argument is outside of its range.
    """

    label_mapping_table = dict(
        keypoint_x_labels='keypoint_x_labels',
        keypoint_y_labels='keypoint_y_labels',
        keypoint_weights='keypoint_weights',
    )

    def __init__(
        self,
        input_size: Tuple[int, int],
        split_ratio: float = 2.0,
        sigma_bins: Union[float, Sequence[float]] = 6.0,
        decoding: str = 'smooth',
    ):
        super().__init__()
        if isinstance(sigma_bins, (int, float)):
            sigma_bins = (sigma_bins, sigma_bins)
        self.input_size = tuple(input_size)
        self.split_ratio = split_ratio
        self.sigma_bins = tuple(sigma_bins)
        self.decoding = decoding
        self._check()
        self.num_bins = tuple(
            bins.num_bins(size, split_ratio) for size in self.input_size
        )
        if min(self.num_bins) < 3:
            raise ValueError(
                'LightSimCCLabel: input_size * split_ratio must give at least '
                f'3 bins along both axes, got {self.num_bins} from '
                f'{self.input_size} and {split_ratio}'
            )

    def _check(self) -> None:
        if len(self.input_size) != 2 or min(self.input_size) <= 0:
            raise ValueError(
                'LightSimCCLabel: input_size must be two positive sizes '
                f'(w, h), got {self.input_size}'
            )
        if not 0 < self.split_ratio < np.inf:
            raise ValueError(
                'LightSimCCLabel: split_ratio must be positive, got '
                f'{self.split_ratio} (bins per pixel)'
            )
        sigmas = self.sigma_bins
        if len(sigmas) != 2 or not all(0 < s < np.inf for s in sigmas):
            raise ValueError(
                'LightSimCCLabel: sigma_bins must be positive, one number or '
                f'two for (x, y), got {sigmas} (in bins)'
            )
        if self.decoding not in bins.DECODINGS:
            raise ValueError(
                f'LightSimCCLabel: decoding must be one of {bins.DECODINGS}, '
                f'got {self.decoding!r}'
            )

    @property
    def decode_spec(self) -> dict:
        """What a board needs to decode: the function and its arguments."""
        return dict(
            type='simcc',
            split_ratio=float(self.split_ratio),
            sigma_bins=[float(sigma) for sigma in self.sigma_bins],
            decoding=self.decoding,
        )

    def _inside(
        self, keypoints: np.ndarray, visible: np.ndarray
    ) -> np.ndarray:
        """Labelled and within the frame (a pixel reaches half to each side).

        MMPose keeps a joint up to 3 sigma outside, which no bin can name.

        Raises:
            ValueError: a visible keypoint is not finite.
        """
        labelled = visible > 0
        if not np.isfinite(keypoints[labelled]).all():
            raise ValueError(
                'LightSimCCLabel: visible keypoints must be finite, got '
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
    ) -> dict:
        """Draw the labels of each joint.

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
        counts = self._inside(keypoints, keypoints_visible)
        mu = np.where(counts[..., None], keypoints, 0) * self.split_ratio
        labels = [
            bins.gaussian_bins(mu[..., axis], num, sigma) * counts[..., None]
            for axis, (num, sigma) in enumerate(
                zip(self.num_bins, self.sigma_bins)
            )
        ]
        return dict(
            keypoint_x_labels=labels[0].astype(np.float32),
            keypoint_y_labels=labels[1].astype(np.float32),
            keypoint_weights=counts.astype(np.float32),
        )

    def decode(
        self, x_logits: np.ndarray, y_logits: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        """Decode one image's logits, (K, Wx) and (K, Wy).

        Returns:
            Keypoints (1, K, 2) in input pixels and scores (1, K).
        """
        keypoints, scores = self.batch_decode(x_logits[None], y_logits[None])
        return keypoints[0], scores[0]

    def batch_decode(
        self, x_logits, y_logits
    ) -> Tuple[List[np.ndarray], List[np.ndarray]]:
        """Decode a batch, (N, K, Wx) and (N, K, Wy) tensors or arrays.

        Raises:
            ValueError: the logits hold NaN or are of another size.
        """
        axes = [_to_numpy(logits) for logits in (x_logits, y_logits)]
        got = tuple(logits.shape[-1] for logits in axes)
        if got != self.num_bins or axes[0].shape[:-1] != axes[1].shape[:-1]:
            raise ValueError(
                f'LightSimCCLabel: expected (N, K, {self.num_bins[0]}) and '
                f'(N, K, {self.num_bins[1]}) logits, got '
                f'{axes[0].shape} and {axes[1].shape}'
            )
        if not all(np.isfinite(logits).all() for logits in axes):
            raise ValueError(
                'LightSimCCLabel: the logits to decode hold NaN or infinity; '
                'the network diverged'
            )
        keypoints, scores = bins.decode(
            *axes, self.split_ratio, self.sigma_bins, self.decoding
        )
        return list(keypoints), list(scores)
