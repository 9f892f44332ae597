"""Whether the score of a joint is the probability that it is right."""

from typing import Any, Dict, List, Optional, Union

import numpy as np
from mmengine.logging import MMLogger
from mmpose.registry import METRICS

from mmpose_lightkpt.functional.calibration import (
    Reliability,
    ranking,
    reliability,
)

from .keypoint_metric import KeypointMetric, name_of


@METRICS.register_module()
class ScoreCalibration(KeypointMetric):
    """Compare the scores of joints with how often they are right.

    What is right is decided by another metric's rule, that of ``PixelPCK`` or
    ``TorsoPCK``, and the joints that count there count here, pooled. MMPose
    has no such metric.

    - ``calibration/ECE``, the expected calibration error: the mean distance
      between score and share of hits over bins of equal width. 0 is best.
    - ``calibration/AUC``, the chance that a right joint has a higher score
      than a wrong one; 0.5 for scores that tell nothing, as constant ones.
      Left out where all joints are right or all are wrong. A monotone map
      mends an ECE afterwards, but not this.

    The bins, for a plot, are in ``details['calibration']`` and by that in
    the record of a test. Scores beyond [0, 1], as MMPose's heads may give,
    are clipped and their number is put there too.

    Args:
        rule: name or config of the metric that says what is right.
        num_bins: bins of equal width from 0 to 1.
        collect_device: as in MMEngine.
        prefix: put before each key with a slash; none by default.

    Raises:
        ValueError: if the rule is a metric that has none, or ``num_bins`` is
            not positive.
    """

    def __init__(
        self,
        rule: Union[str, dict] = 'PixelPCK',
        num_bins: int = 10,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if num_bins < 1:
            raise ValueError(
                f'ScoreCalibration: num_bins must be at least 1, got '
                f'{num_bins}'
            )
        self.rule = METRICS.build(
            dict(type=rule) if isinstance(rule, str) else rule
        )
        judge = getattr(type(self.rule), 'judge', KeypointMetric.judge)
        if judge is KeypointMetric.judge:
            raise ValueError(
                'ScoreCalibration: rule must be a metric that calls joints '
                f'right or wrong (PixelPCK, TorsoPCK), got {rule}'
            )
        self.num_bins = num_bins

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Add the scores (N, K) to what the rule reads."""
        result = self.rule.read(sample)
        scores = np.asarray(
            sample['pred_instances'].get('keypoint_scores', np.nan)
        )
        visible = result['visible']
        if scores.shape != visible.shape:
            raise ValueError(
                f'ScoreCalibration: {name_of(sample)} has keypoint_scores '
                f'of shape {scores.shape}; expected {visible.shape}, one for '
                'each joint of each person'
            )
        if not np.isfinite(scores[visible]).all():
            raise ValueError(
                f'ScoreCalibration: {name_of(sample)} has a score that is '
                'NaN or infinite: the training has probably diverged'
            )
        return dict(result, scores=scores)

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Pool all joints that count, bin and rank them."""
        hits, counted = self.rule.judge(results)
        hits = hits[counted]
        raw = self.stack(results, 'scores')[counted]
        scores = np.clip(raw, 0, 1)
        bins = reliability(scores, hits, self.num_bins)
        metrics = {'calibration/ECE': bins.ece}
        area = ranking(scores, hits)
        if area is not None:
            metrics['calibration/AUC'] = area
        self.details['calibration'] = dict(
            rule=type(self.rule).__name__,
            threshold=self.rule.threshold,
            clipped=int((raw != scores).sum()),
            **_jsonable(bins),
        )
        MMLogger.get_current_instance().info(_table(bins))
        return metrics


def _jsonable(bins: Reliability) -> Dict[str, List[Any]]:
    """Lists of plain numbers; None where a bin is empty."""
    return {
        name: [
            None if np.isnan(value) else round(value, 6)
            for value in values.tolist()
        ]
        for name, values in bins._asdict().items()
    }


def _table(bins: Reliability) -> str:
    """One line for each bin that is not empty."""
    lines = [f'Calibration of the scores, ECE {bins.ece:.4f}:']
    for b in np.flatnonzero(bins.counts):
        lines.append(
            f'  {bins.edges[b]:.2f} to {bins.edges[b + 1]:.2f}: '
            f'mean {bins.scores[b]:.3f}, right {bins.shares[b]:.3f} '
            f'of {bins.counts[b]}'
        )
    return '\n'.join(lines)
