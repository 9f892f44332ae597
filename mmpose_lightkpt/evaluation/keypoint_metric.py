"""What our metrics share: reading data samples, checking them, a table."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger


def name_of(data_sample: dict) -> str:
    """Name a data sample for an error message."""
    path = data_sample.get('img_path')
    person = data_sample.get('id')
    return f'{path or data_sample.get("img_id")} (annotation {person})'


class KeypointMetric(BaseMetric):
    """Base of metrics that compare joints one by one.

    It keeps, for every person, predicted and true joints in image pixels and
    the labels, and leaves :meth:`compute_metrics` to its children. A data
    sample is the dictionary that MMPose's estimators return in ``val_step``.

    What explains a figure but is none itself, such as the bins of a
    calibration, a child puts into ``details`` when it computes. They are
    JSON-able and get into the record of a test.

    Args:
        collect_device: as in :class:`mmengine.evaluator.BaseMetric`.
        prefix: put before each key with a slash; none by default, so that a
            config can write ``save_best='PixelPCK'``.
    """

    default_prefix = ''

    def __init__(
        self, collect_device: str = 'cpu', prefix: Optional[str] = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.details: Dict[str, Any] = {}

    def process(
        self, data_batch: Sequence[dict], data_samples: Sequence[dict]
    ) -> None:
        """Store joints and labels of one batch.

        Raises:
            ValueError: when a sample has no prediction or truth, when their
                numbers differ, or when a joint is NaN or infinite; the
                message names the image.
        """
        for sample in data_samples:
            self.results.append(self.read(sample))

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Take (N, K, 2) joints and (N, K) labels out of a data sample."""
        where = f'{type(self).__name__}: {name_of(sample)}'
        for key in ('pred_instances', 'gt_instances'):
            if key not in sample or 'keypoints' not in sample[key]:
                raise ValueError(f'{where} has no {key}.keypoints')
        pred = np.asarray(sample['pred_instances']['keypoints'])[..., :2]
        truth = sample['gt_instances']
        gt = np.asarray(truth['keypoints'])[..., :2]
        visible = np.asarray(truth['keypoints_visible'])
        if visible.ndim == 3:  # (visible, weight) pairs of some datasets
            visible = visible[..., 0]
        if pred.shape != gt.shape or visible.shape != gt.shape[:2]:
            raise ValueError(
                f'{where} has predictions {pred.shape}, truth {gt.shape} and '
                f'labels {visible.shape}; expected (N, K, 2), (N, K, 2) and '
                '(N, K): one prediction for each labelled person'
            )
        labelled = visible > 0
        if not np.isfinite(pred[labelled]).all():
            raise ValueError(
                f'{where} has a predicted joint that is NaN or '
                'infinite: the training has probably diverged'
            )
        if not np.isfinite(gt[labelled]).all():
            raise ValueError(
                f'{where} has a labelled joint that is NaN or '
                'infinite: mend the annotation file'
            )
        return dict(pred=pred, gt=gt, visible=labelled)

    def judge(self, results: List[dict]) -> Tuple[np.ndarray, np.ndarray]:
        """Say which joints are right, where a metric has a rule for that.

        Args:
            results: what :meth:`read` returned for each sample.

        Returns:
            Hits (N, K) and which joints count (N, K), both bool.
        """
        raise NotImplementedError(
            f'{type(self).__name__} does not call joints right or wrong'
        )

    def stack(self, results: List[dict], key: str) -> np.ndarray:
        """Concatenate one entry of all results along the persons."""
        if not any(result['visible'].any() for result in results):
            raise ValueError(
                f'{type(self).__name__}: none of the {len(results)} evaluated '
                'samples has a labelled joint (v > 0); check ann_file of '
                'the evaluated dataset'
            )
        return np.concatenate([result[key] for result in results])

    def joint_names(self, num_joints: int) -> List[str]:
        """Names from the dataset's metainfo, or the indices."""
        names = (self.dataset_meta or {}).get('keypoint_id2name', {})
        return [names.get(k, str(k)) for k in range(num_joints)]

    def log_table(
        self,
        title: str,
        names: Sequence[str],
        shares: np.ndarray,
        visible: np.ndarray,
    ) -> None:
        """Log one line per joint: name, share, labelled occurrences."""
        width = max(map(len, names))
        lines = [
            f'  {name:<{width}}  {share:6.3f}  of {count}'
            for name, share, count in zip(names, shares, visible.sum(axis=0))
        ]
        MMLogger.get_current_instance().info('\n'.join([title] + lines))
