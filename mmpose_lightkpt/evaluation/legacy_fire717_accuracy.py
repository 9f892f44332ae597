"""The number in the logs of fire717's MoveNet code."""

from typing import Dict, List

import numpy as np
from mmpose.registry import METRICS

from mmpose_lightkpt.functional.legacy_accuracy import fire717_hits

from .keypoint_metric import KeypointMetric, name_of


@METRICS.register_module()
class LegacyFire717Accuracy(KeypointMetric):
    """``valacc`` as fire717/movenet.pytorch prints it; do not choose by it.

    Only for comparison with logs of that code and its ports. It allows an
    error of 31 pixels of 192 where 5 were meant, for it compares the square
    of a distance with the bound, and it counts joints that nobody labelled.
    Both hide what a model localises, and it can rank two models the other way
    round than PCK and OKS do. :class:`~.pixel_pck.PixelPCK` is what was
    meant.

    That code's truth is read back from its own label maps, rounded to a
    pixel, and its crops are squares of width plus height of the box. Ours are
    the annotation itself and whatever the config crops.

    The key is ``LegacyFire717Accuracy``.

    Args:
        collect_device: as in MMEngine.
        prefix: put before each key with a slash; none by default.
    """

    def read(self, sample: dict) -> Dict[str, np.ndarray]:
        """Add scores, and have the joints in shares of the crop."""
        result = super().read(sample)
        crop = [sample.get(f'input_{key}') for key in ('center', 'scale')]
        scores = sample['pred_instances'].get('keypoint_scores')
        if scores is None or any(part is None for part in crop):
            raise ValueError(
                f'LegacyFire717Accuracy: {name_of(sample)} has no '
                'keypoint_scores, input_center or input_scale; the last two '
                'must be in the meta_keys of PackPoseInputs'
            )
        center, scale = (np.asarray(part, np.float64) for part in crop)
        corner = center - 0.5 * scale
        shares = {
            key: (result[key] - corner) / scale for key in ('pred', 'gt')
        }
        return dict(result, **shares, scores=np.asarray(scores))

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Share of all joints, labelled or not."""
        pred, scores, gt, visible = (
            self.stack(results, key)
            for key in ('pred', 'scores', 'gt', 'visible')
        )
        hits = fire717_hits(pred, scores, gt, visible)
        return dict(LegacyFire717Accuracy=float(hits.mean()))
