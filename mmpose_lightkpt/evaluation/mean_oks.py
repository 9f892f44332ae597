"""Mean object keypoint similarity: COCO's measure, without any score."""

from typing import Dict

import numpy as np
from mmpose.registry import METRICS

from mmpose_lightkpt.functional.oks import oks

from .keypoint_metric import KeypointMetric, name_of


@METRICS.register_module()
class MeanOKS(KeypointMetric):
    """OKS of each prediction with its own person, averaged over persons.

    Every person with a labelled joint counts once and the same, whatever
    score the prediction has. COCO's AP sorts by score and asks for an OKS
    above thresholds, so it moves with the scoring rule where this does not.
    MMPose has no such metric; its ``CocoMetric`` gives AP and AR alone.

    Areas are those of the annotations (``raw_ann_info``), sigmas those of the
    data set's metainfo. The key is ``MeanOKS`` (use ``save_best='MeanOKS',
    rule='greater'``).

    Args:
        collect_device: as in MMEngine.
        prefix: put before each key with a slash; none by default.
    """

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Add the area of each person, in square image pixels."""
        result = super().read(sample)
        found = sample.get('raw_ann_info') or []
        people = [found] if isinstance(found, dict) else list(found)
        areas = [person.get('area', np.nan) for person in people]
        if len(areas) != len(result['gt']) or not all(a > 0 for a in areas):
            raise ValueError(
                f'MeanOKS: {name_of(sample)} has the areas {areas} for '
                f'{len(result["gt"])} persons; each annotation must have a '
                'positive area, and raw_ann_info must be in the meta_keys of '
                'PackPoseInputs'
            )
        return dict(result, area=np.array(areas, dtype=np.float64))

    def compute_metrics(self, results: list) -> Dict[str, float]:
        """Average the similarities of all persons with a labelled joint."""
        pred, gt, visible, area = (
            self.stack(results, key)
            for key in ('pred', 'gt', 'visible', 'area')
        )
        sigmas = (self.dataset_meta or {}).get('sigmas')
        if sigmas is None or len(sigmas) != gt.shape[1]:
            raise ValueError(
                f'MeanOKS: the metainfo of the dataset must give '
                f'{gt.shape[1]} sigmas, one per joint, got {sigmas}'
            )
        labelled = visible.any(axis=1)
        values = oks(pred, gt, visible, area, sigmas)
        return dict(MeanOKS=float(values[labelled].mean()))
