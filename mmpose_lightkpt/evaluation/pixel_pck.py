"""The share of joints within a few pixels of a crop of standard size."""

from typing import Dict, List, Optional, Tuple

import numpy as np
from mmpose.registry import METRICS

from mmpose_lightkpt.functional import pck

from .keypoint_metric import KeypointMetric, name_of


@METRICS.register_module()
class PixelPCK(KeypointMetric):
    r"""PCK in pixels of a crop scaled to a reference side (5 of 160).

    A joint is right when :math:`d \cdot 160 / s < 5`, where d is its error in
    image pixels and s the longer side of the crop (``input_scale``, the box
    with its padding) in image pixels. All labelled joints (v > 0) of all
    persons are pooled. It needs no score, so it ranks what the network
    localises and nothing else.

    Unlike MMPose's ``PCKAccuracy`` the unit is the crop, not the tight box,
    and the total is pooled over joints, not a mean of per-joint means.

    The keys are ``PixelPCK`` (use ``save_best='PixelPCK', rule='greater'``)
    and, with ``per_joint``, ``PixelPCK/<joint>``. The table of all joints is
    logged either way.

    Args:
        threshold: bound on the error, in pixels of the reference crop.
        reference: side in pixels to which the crop is scaled.
        per_joint: also return one key per joint that is labelled anywhere.
        collect_device: as in MMEngine.
        prefix: put before each key with a slash; none by default.

    Raises:
        ValueError: on a threshold or reference that is not positive.
    """

    def __init__(
        self,
        threshold: float = 5.0,
        reference: float = 160.0,
        per_joint: bool = False,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not (threshold > 0 and reference > 0):
            raise ValueError(
                'PixelPCK: threshold and reference must be positive numbers '
                f'of pixels, got {threshold} and {reference}'
            )
        self.threshold = threshold
        self.reference = reference
        self.per_joint = per_joint

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Add the longer side of the crop, once for each person."""
        result = super().read(sample)
        if sample.get('input_scale') is None:
            raise ValueError(
                f'PixelPCK: {name_of(sample)} has no input_scale; it comes '
                'from TopdownAffine and must be in the meta_keys of '
                'PackPoseInputs (whole-image evaluation has no crop)'
            )
        side = float(np.max(sample['input_scale']))
        return dict(result, side=np.full(len(result['gt']), side))

    def judge(self, results: List[dict]) -> Tuple[np.ndarray, np.ndarray]:
        """Say which joints are right; all labelled ones count."""
        hits = pck.pixel_hits(
            self.stack(results, 'pred'),
            self.stack(results, 'gt'),
            self.stack(results, 'side'),
            self.threshold,
            self.reference,
        )
        return hits, self.stack(results, 'visible')

    def compute_metrics(self, results: list) -> Dict[str, float]:
        """Pool the hits of all persons."""
        hits, visible = self.judge(results)
        shares = pck.per_joint(hits, visible)
        names = self.joint_names(len(shares))
        metrics = {'PixelPCK': pck.pooled(hits, visible)}
        self.log_table(
            f'PixelPCK ({self.threshold:g} of {self.reference:g}): '
            f'{metrics["PixelPCK"]:.4f}',
            names,
            shares,
            visible,
        )
        if self.per_joint:
            metrics.update(
                (f'PixelPCK/{name}', float(share))
                for name, share in zip(names, shares)
                if not np.isnan(share)
            )
        return metrics
