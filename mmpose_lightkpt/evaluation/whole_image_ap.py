"""COCO's AP on whole images of which not everybody is labelled."""

from typing import Any, Dict

import numpy as np
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from mmpose_lightkpt.functional.oks import oks

# What CocoMetric returns, in its order.
NAMES = ('AP', 'AP .5', 'AP .75', 'AP (M)', 'AP (L)')
NAMES += tuple(name.replace('AP', 'AR') for name in NAMES)


@METRICS.register_module()
class WholeImageAP(CocoMetric):
    """AP where a detection of nobody labelled is no error.

    Where a data set leaves people without labels, a detection that resembles
    none of the labelled (OKS below ``min_oks`` with each of them) may be
    right. Unlike ``CocoMetric``, this discards it. So false alarms far from
    everybody cost nothing, and the figure only ranks models on one data set:
    it is not COCO's AP, which it equals where nothing is discarded.

    Keys are ``whole/AP`` and so on, as ``CocoMetric`` names them.

    Args:
        ann_file: COCO annotation file; areas are read from it.
        min_oks: detections below it with everybody are discarded.
        score_mode: the detections' scores; their ``bbox_scores`` by default.
        nms_mode: none by default.
        others: of ``CocoMetric``.

    Raises:
        ValueError: ``min_oks`` is not in [0, 1].
    """

    default_prefix = 'whole'

    def __init__(
        self,
        ann_file: str,
        min_oks: float = 0.1,
        score_mode: str = 'bbox',
        nms_mode: str = 'none',
        **others: Any,
    ) -> None:
        if not 0 <= min_oks <= 1:
            raise ValueError(
                f'WholeImageAP: min_oks must be in [0, 1], got {min_oks}'
            )
        super().__init__(
            ann_file, score_mode=score_mode, nms_mode=nms_mode, **others
        )
        self.min_oks = min_oks
        self.details: Dict[str, Any] = {}

    def results2json(
        self, keypoints: Dict[int, list], outfile_prefix: str
    ) -> None:
        """Write the detections that resemble somebody labelled."""
        kept = {
            image: [one for one in found if self._resembles(image, one)]
            for image, found in keypoints.items()
        }
        kept = {image: found for image, found in kept.items() if found}
        counts = [sum(map(len, part.values())) for part in (keypoints, kept)]
        self.details['detections'] = dict(
            all=counts[0], discarded=counts[0] - counts[1]
        )
        super().results2json(kept, outfile_prefix)

    def _resembles(self, image: int, detection: Dict[str, Any]) -> bool:
        """Whether the largest OKS with a labelled person is high enough."""
        people = [
            person
            for person in self.coco.imgToAnns.get(image, [])
            if any(person['keypoints'][2::3])
        ]
        if not people:
            return False
        truth = np.array([person['keypoints'] for person in people], float)
        truth = truth.reshape(len(people), -1, 3)
        similar = oks(
            detection['keypoints'][None, :, :2],
            truth[..., :2],
            truth[..., 2],
            np.array([person['area'] for person in people]),
            self.dataset_meta['sigmas'],
        )
        return bool(similar.max() >= self.min_oks)

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list:
        counts = self.details['detections']
        if counts['all'] == counts['discarded']:  # COCO's code needs one
            return [(name, 0.0) for name in NAMES]
        return super()._do_python_keypoint_eval(outfile_prefix)
