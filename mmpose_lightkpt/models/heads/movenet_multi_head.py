"""MoveNet's head for several people: two more branches, of their boxes."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np
from mmengine.structures import InstanceData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
)
from torch import Tensor, nn

from ...codecs import MoveNetMultiLabel
from ...functional.movenet_multi import People
from ..separable_conv import separable_conv
from .movenet_head import MoveNetHead

__all__ = ['MoveNetMultiHead']

# Boxes of an untrained network, in cells: a quarter of 256 pixels.
START_SIZE = 16.0


@MODELS.register_module()
class MoveNetMultiHead(MoveNetHead):
    """MoveNet's four branches, and offset and size of each person's box.

    Use it inside of MMPose's ``BottomupPoseEstimator``, on whole images. A
    keypoint's score is its heatmap times the Gaussian of its distance to
    where its person expects it.

    The losses of the boxes are means over people: each counts the same,
    however many of its cells it learns from.

    Args:
        in_channels: channels of the neck's map.
        num_keypoints: K.
        hidden_channels: width of each branch.
        norm_cfg: normalisation; BatchNorm by default.
        loss_box_offset: masked L1 with the weight 0.1 by default.
        loss_box_size: likewise.
        decoder: a ``MoveNetMultiLabel`` config.
        others: of :class:`MoveNetHead`.

    Raises:
        ValueError: an argument is outside of its range, or the decoder is
            another method's.
    """

    branches = MoveNetHead.branches + ('box_offset', 'box_size')
    targets = frozenset(MoveNetMultiLabel.field_mapping_table)

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        hidden_channels: int = 96,
        norm_cfg: Optional[dict] = None,
        loss_box_offset: Optional[ConfigType] = None,
        loss_box_size: Optional[ConfigType] = None,
        decoder: OptConfigType = None,
        **others: Any,
    ):
        super().__init__(
            in_channels,
            num_keypoints,
            hidden_channels,
            norm_cfg=norm_cfg,
            decoder=decoder,
            **others,
        )
        for name in ('box_offset', 'box_size'):
            branch = separable_conv(
                in_channels, hidden_channels, norm_cfg or dict(type='BN')
            )
            branch.append(nn.Conv2d(hidden_channels, 2, 1))
            self.add_module(name, branch)
        l1 = dict(type='MaskedL1Loss', loss_weight=0.1)
        self.loss_box_offset = MODELS.build(loss_box_offset or l1)
        self.loss_box_size = MODELS.build(loss_box_size or l1)

    @staticmethod
    def _build_decoder(decoder: OptConfigType):
        if decoder is None:
            return None
        decoder = KEYPOINT_CODECS.build(decoder)
        if not isinstance(decoder, MoveNetMultiLabel):
            raise ValueError(
                'MoveNetMultiHead: decoder must be a MoveNetMultiLabel, '
                f'got {type(decoder).__name__}'
            )
        return decoder

    def init_weights(self) -> None:
        """As :class:`MoveNetHead`, with boxes of a quarter of 256 pixels."""
        super().init_weights()
        given = self.init_cfg
        if not (isinstance(given, dict) and given['type'] == 'Pretrained'):
            nn.init.constant_(self.box_size[-1].bias, START_SIZE)

    def forward(self, feats: Sequence[Tensor]) -> Tuple[Tensor, ...]:
        """Map the neck's features to the six outputs.

        Args:
            feats: one map (N, C, H, W).

        Returns:
            Centre (N, 1, H, W) and heatmaps (N, K, H, W) in [0, 1],
            regression and offsets (N, 2K, H, W), box offsets and sizes
            (N, 2, H, W) in cells.
        """
        x = feats[-1]
        boxes = self.box_offset(x), self.box_size(x)
        return super().forward(feats) + boxes

    def predict(
        self,
        feats: Features,
        batch_data_samples: OptSampleList,
        test_cfg: OptConfigType = None,
    ) -> InstanceList:
        """Find the people of each image, in input pixels.

        With ``flip_test`` each person is averaged with the nearest of the
        mirror image, if this is nearer than half of the person's box.

        Args:
            feats: the neck's features, or with ``flip_test`` two of them,
                of the image and of its mirror.
            batch_data_samples: whose metainfo holds ``flip_indices``.
            test_cfg: ``flip_test`` is read.

        Returns:
            Per image ``keypoints`` (P, K, 2), ``keypoint_scores`` (P, K),
            ``bboxes`` (P, 4) and ``bbox_scores`` (P,), the person's scores.
        """
        if not (test_cfg or {}).get('flip_test', False):
            people = self.decoder.batch_decode(*self.forward(feats))
            return [_instances(found) for found in people]
        people, mirrored = (
            self.decoder.batch_decode(*self.forward(view)) for view in feats
        )
        order = list(batch_data_samples[0].metainfo['flip_indices'])
        width = self.decoder.input_size[0]
        return [
            _instances(_averaged(found, other, order, width))
            for found, other in zip(people, mirrored)
        ]

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: OptSampleList,
        train_cfg: OptConfigType = None,
    ) -> Dict[str, Tensor]:
        """The six branches' losses, logged by name.

        Unlike in a crop, where nobody may be labelled, an image without a
        centre is known to hold nobody but in the boxes of the unlabelled.

        Returns:
            ``loss_`` and the name of each branch.

        Raises:
            ValueError: the samples hold another codec's targets, or these
                are of another size than the outputs.
        """
        outputs = dict(zip(self.branches, self.forward(feats)))
        t = self._targets(batch_data_samples)
        self._check_targets(outputs['heatmap'], t['heatmaps'])
        of = dict(
            center=('center_heatmaps', 'center_weights'),
            heatmap=('heatmaps', 'heatmap_weights'),
            regression=('regression', 'regression_weights'),
            offset=('offsets', 'offset_weights'),
            box_offset=('box_offsets', 'box_weights'),
            box_size=('box_sizes', 'box_weights'),
        )
        return {
            f'loss_{name}': getattr(self, f'loss_{name}')(
                outputs[name], t[target], t[weight]
            )
            for name, (target, weight) in of.items()
        }


def _instances(people: People) -> InstanceData:
    return InstanceData(
        keypoints=people.keypoints,
        keypoint_scores=people.scores,
        bboxes=people.boxes,
        bbox_scores=people.person_scores,
    )


def _averaged(
    people: People, mirrored: People, order: Sequence[int], width: float
) -> People:
    """Average each person with its mirror image, where there is one."""
    if not len(people.scores) or not len(mirrored.scores):
        return people
    restored = mirrored.keypoints[:, order] * [-1, 1] + [width - 1, 0]
    away = people.keypoints[:, None] - restored[None]
    away = np.linalg.norm(away, axis=-1).mean(-1)
    sides = (people.boxes[:, 2:] - people.boxes[:, :2]).max(1)
    nearest = away.argmin(1)
    pairs = away.min(1) < sides / 2
    keypoints, scores = people.keypoints.copy(), people.scores.copy()
    partner = nearest[pairs]
    keypoints[pairs] = (keypoints[pairs] + restored[partner]) / 2
    scores[pairs] = (scores[pairs] + mirrored.scores[partner][:, order]) / 2
    return people._replace(keypoints=keypoints, scores=scores)
