"""MoveNet's head: four branches and one person."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
)
from torch import Tensor, nn

from ...codecs import MoveNetLabel
from ..losses.learned_weights import LearnedWeights
from ..separable_conv import separable_conv
from .flip import average_flipped
from .regressed_poses import regressed_poses

__all__ = ['MoveNetHead']


class SoftSignSigmoid(nn.Module):
    r"""The MoveNet article's :math:`0.5 x / (1 + |x|) + 0.5`, in (0, 1)."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x / (1 + x.abs()) + 0.5


@MODELS.register_module()
class MoveNetHead(BaseHead):
    """Centre, heatmaps, regression and offsets from one map of features.

    Each branch is: depthwise 3x3, 1x1 to ``hidden_channels`` with norm and
    ReLU, 1x1 with bias. ``forward`` is what is exported: centre and heatmaps
    come out in [0, 1]. A keypoint's score is its heatmap's value where it
    was found: how sure the network is that such a joint is there.

    Use it inside of MMPose's ``TopdownPoseEstimator``: on the square crop of
    a person, or, with the whole image for a box, on an image of one person.

    Args:
        in_channels: channels of the neck's map.
        num_keypoints: K.
        hidden_channels: width of each branch.
        soft_sign: the article's sigmoid in place of the logistic one, in
            training and export alike; it is cheaper on bare CPUs.
        prior: what centre and heatmaps give before training, in (0, 1).
        norm_cfg: normalisation; BatchNorm by default.
        loss_center: loss of the centre heatmap; foreground MSE by default.
        loss_heatmap: likewise, of the heatmaps.
        loss_regression: masked L1 by default.
        loss_offset: masked L1 by default.
        loss_bone: loss of (keypoints, target, weight), such as
            ``BoneLengthLoss``, on the poses that the regression holds; none
            by default.
        learn_weights: learn the losses' weights (``LearnedWeights``); each
            loss's own ``loss_weight`` then has no say in the end.
        decoder: a ``MoveNetLabel`` config.
        init_cfg: initialisation of the hidden layers.

    Raises:
        ValueError: an argument is outside of its range, or the decoder is
            another method's.
    """

    branches = ('center', 'heatmap', 'regression', 'offset')
    targets = frozenset(MoveNetLabel.field_mapping_table)

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        hidden_channels: int = 96,
        soft_sign: bool = False,
        prior: float = 0.1,
        norm_cfg: Optional[dict] = None,
        loss_center: Optional[ConfigType] = None,
        loss_heatmap: Optional[ConfigType] = None,
        loss_regression: Optional[ConfigType] = None,
        loss_offset: Optional[ConfigType] = None,
        loss_bone: Optional[ConfigType] = None,
        learn_weights: bool = False,
        decoder: OptConfigType = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(
            init_cfg
            or [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        )
        self._check(in_channels, num_keypoints, hidden_channels, prior)
        self.num_keypoints, self.prior = num_keypoints, prior
        self.decoder = self._build_decoder(decoder)
        norm_cfg = norm_cfg or dict(type='BN')
        k = num_keypoints
        for name, channels in zip(self.branches, (1, k, 2 * k, 2 * k)):
            branch = separable_conv(in_channels, hidden_channels, norm_cfg)
            branch.append(nn.Conv2d(hidden_channels, channels, 1))
            self.add_module(name, branch)
        self.activation = SoftSignSigmoid() if soft_sign else nn.Sigmoid()
        mse, l1 = dict(type='ForegroundMSELoss'), dict(type='MaskedL1Loss')
        self.loss_center = MODELS.build(loss_center or mse)
        self.loss_heatmap = MODELS.build(loss_heatmap or mse)
        self.loss_regression = MODELS.build(loss_regression or l1)
        self.loss_offset = MODELS.build(loss_offset or l1)
        self.loss_bone = MODELS.build(loss_bone) if loss_bone else None
        names = self.branches + ('bone',) * bool(loss_bone)
        self.log_vars = LearnedWeights(names) if learn_weights else None

    @staticmethod
    def _check(in_channels, num_keypoints, hidden_channels, prior) -> None:
        for name, value in (
            ('in_channels', in_channels),
            ('num_keypoints', num_keypoints),
            ('hidden_channels', hidden_channels),
        ):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f'MoveNetHead: {name} must be a positive '
                    f'integer, got {value!r}'
                )
        if not 0 < prior < 1:
            raise ValueError(
                'MoveNetHead: prior must be a probability '
                f'between 0 and 1, got {prior}'
            )

    @staticmethod
    def _build_decoder(decoder: OptConfigType):
        if decoder is None:
            return None
        decoder = KEYPOINT_CODECS.build(decoder)
        if getattr(decoder, 'decode_spec', {}).get('type') != 'movenet':
            raise ValueError(
                'MoveNetHead: decoder must be a MoveNetLabel, '
                f'got {type(decoder).__name__}'
            )
        return decoder

    def init_weights(self) -> None:
        """Small outputs at first: the prior, the centre, the cell."""
        super().init_weights()
        given = self.init_cfg
        if isinstance(given, dict) and given['type'] == 'Pretrained':
            return
        odds = self.prior / (1 - self.prior)
        bias = float(np.log(odds))
        if isinstance(self.activation, SoftSignSigmoid):
            scaled = 2 * self.prior - 1
            bias = scaled / (1 - abs(scaled))
        for name in self.branches:
            last = getattr(self, name)[-1]
            nn.init.normal_(last.weight, std=0.001)
            mapped = name in ('center', 'heatmap')
            nn.init.constant_(last.bias, bias if mapped else 0.0)

    def forward(self, feats: Sequence[Tensor]) -> Tuple[Tensor, ...]:
        """Map the neck's features to the four outputs.

        Args:
            feats: one map (N, C, H, W).

        Returns:
            Centre (N, 1, H, W) and heatmaps (N, K, H, W) in [0, 1],
            regression and offsets (N, 2K, H, W) in cells.
        """
        x = feats[-1]
        return (
            self.activation(self.center(x)),
            self.activation(self.heatmap(x)),
            self.regression(x),
            self.offset(x),
        )

    def predict(
        self,
        feats: Features,
        batch_data_samples: OptSampleList,
        test_cfg: OptConfigType = None,
    ) -> InstanceList:
        """Decode one person per image, in input pixels.

        With ``flip_test`` the decoded keypoints of both views are averaged,
        not their maps: cell j lies at pixel j * stride, so a flipped map
        would lie beside the grid.

        Args:
            feats: the neck's features, or with ``flip_test`` two of them,
                of the image and of its mirror.
            batch_data_samples: whose metainfo holds ``flip_indices``.
            test_cfg: ``flip_test`` is read.

        Returns:
            Per image ``keypoints`` (1, K, 2), ``keypoint_scores`` (1, K).
        """
        if not (test_cfg or {}).get('flip_test', False):
            return self.decode(self.forward(feats))
        preds = self.decode(self.forward(feats[0]))
        mirrored = self.decode(self.forward(feats[1]))
        return average_flipped(
            preds,
            mirrored,
            batch_data_samples[0].metainfo['flip_indices'],
            width=self.decoder.input_size[0],
        )

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: OptSampleList,
        train_cfg: OptConfigType = None,
    ) -> Dict[str, Tensor]:
        """The four branches' losses, logged by name.

        Returns:
            ``loss_center``, ``loss_heatmap``, ``loss_regression``,
            ``loss_offset``, and ``loss_bone`` if there is one; with learned
            weights also what ``LearnedWeights`` has logged.

        Raises:
            ValueError: the samples hold another codec's targets, or these
                are of another size than the outputs.
        """
        center, heatmap, regression, offset = self.forward(feats)
        t = self._targets(batch_data_samples)
        self._check_targets(heatmap, t['heatmaps'])
        # Where no centre is drawn somebody may still be, without a label.
        known = t['center_heatmaps'].amax((2, 3), keepdim=True) > 0
        vectors = regression, t['regression'], t['regression_weights']
        values = dict(
            center=self.loss_center(center, t['center_heatmaps'], known),
            heatmap=self.loss_heatmap(
                heatmap, t['heatmaps'], t['heatmap_weights']
            ),
            regression=self.loss_regression(*vectors),
            offset=self.loss_offset(offset, t['offsets'], t['offset_weights']),
        )
        if self.loss_bone is not None:
            values['bone'] = self.loss_bone(*regressed_poses(*vectors))
        if self.log_vars is None:
            return {f'loss_{name}': loss for name, loss in values.items()}
        seen = t['offset_weights'].flatten(2).any(2)
        return self.log_vars.weigh(values, seen)

    def _targets(self, batch_data_samples: OptSampleList) -> Dict[str, Tensor]:
        fields = [sample.get('gt_fields', {}) for sample in batch_data_samples]
        lacking = sorted(self.targets - set(fields[0].keys()))
        if lacking:
            raise ValueError(
                f'MoveNetHead: the samples have no {", ".join(lacking)}; '
                "GenerateTarget's encoder must be a MoveNetLabel"
            )
        return {
            name: torch.stack([field.get(name) for field in fields])
            for name in self.targets
        }

    @staticmethod
    def _check_targets(heatmap: Tensor, target: Tensor) -> None:
        if heatmap.shape[1:] != target.shape[1:]:
            got, want = (
                ' x '.join(map(str, m.shape[1:])) for m in (heatmap, target)
            )
            raise ValueError(
                f'MoveNetHead: the network gives heatmaps of {got} (K, H, W), '
                f"the codec draws {want}; num_keypoints must be the data's, "
                "and the codec's stride that of the neck"
            )
