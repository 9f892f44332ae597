"""The keypoints that a teacher finds, as labels."""

from __future__ import annotations

from typing import Iterator, Tuple

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from mmpose.utils.typing import SampleList
from torch import Tensor

from ..losses.checks import refuse_negative
from .view import View

__all__ = ['TeacherKeypointsTerm']


@MODELS.register_module()
class TeacherKeypointsTerm:
    """The student's own loss on what the teacher has found.

    For any two top-down heads of the same joints. The teacher decodes the
    crop's person, the student's codec encodes it, and joints that the teacher
    is not sure of count as those without a label.

    Args:
        min_score: joints with a higher score count. What a score means is
            the teacher's head's matter.
        loss_weight: factor of the result.

    Raises:
        ValueError: an argument is negative.
    """

    def __init__(self, min_score: float = 0.3, loss_weight: float = 1.0):
        refuse_negative(self, min_score=min_score, loss_weight=loss_weight)
        self.min_score, self.loss_weight = min_score, loss_weight

    def __call__(
        self, student: View, teacher: View, data_samples: SampleList
    ) -> Iterator[Tuple[str, Tensor]]:
        """Yield ``keypoints`` and the sum of the head's losses.

        Raises:
            ValueError: the student's head has no decoder.
        """
        codec, feats = student.head.decoder, student.feats
        if codec is None:
            raise ValueError(
                "TeacherKeypointsTerm: the student's head has no decoder to "
                'encode with; give it that of GenerateTarget'
            )
        samples = [
            self._label(codec, keypoints, scores, sample)
            for (keypoints, scores), sample in zip(
                _found(student, teacher, data_samples), data_samples
            )
        ]
        device = feats[-1].device
        labels = [sample.to(device) for sample in samples]
        losses = student.head.loss(feats, labels, train_cfg={})
        total = sum(v for k, v in losses.items() if 'loss' in k)
        yield 'keypoints', self.loss_weight * total

    def _label(
        self,
        codec: BaseKeypointCodec,
        keypoints: np.ndarray,
        scores: np.ndarray,
        sample: PoseDataSample,
    ) -> PoseDataSample:
        """One person as ``GenerateTarget`` and packing would label it.

        Args:
            codec: the student's.
            keypoints: (1, K, 2) in the student's input pixels.
            scores: (1, K).
            sample: whose metainfo is kept.
        """
        sure = (scores > self.min_score).astype(np.float32)
        data = dict(codec.encode(keypoints, sure))
        for name in ('field', 'label', 'instance'):
            table = getattr(codec, f'{name}_mapping_table', None)
            if table:
                data[f'{name}_mapping_table'] = table
        data['img'] = np.zeros((1, 1, 3), np.uint8)  # it packs no less
        label = PackPoseInputs()(data)['data_samples']
        label.set_metainfo(sample.metainfo)
        return label


def _found(
    student: View, teacher: View, data_samples: SampleList
) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Keypoints (1, K, 2), in the student's input pixels, and scores (1, K).

    One crop at two sizes: positions differ by their ratio.
    """
    found = teacher.head.predict(teacher.feats, data_samples, test_cfg={})
    people = found[0] if isinstance(found, tuple) else found
    ratio = np.divide(student.crop[2:], teacher.crop[2:])
    for person in people:
        away = np.asarray(person.keypoints[..., :2]) - teacher.crop[:2]
        keypoints = away * ratio
        yield keypoints.astype(np.float32), np.asarray(person.keypoint_scores)
