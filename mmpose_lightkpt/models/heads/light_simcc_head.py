"""SimCC's head: each joint as a distribution over bins of x and of y."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.models.heads.base_head import BaseHead
from mmpose.models.utils.transformer import ScaleNorm
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.utils.tensor_utils import to_numpy
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
)
from torch import Tensor, nn

from ...codecs import LightSimCCLabel
from ..upsampling import UPSAMPLING, upsampling
from .flip import average_flipped
from .gau import LightGAU

__all__ = ['LightSimCCHead']


@MODELS.register_module()
class LightSimCCHead(BaseHead):
    """Logits over bins of x and y from one map of features.

    The map, enlarged or not, becomes K maps by a convolution, each is
    flattened, and a linear layer per axis, shared by all joints, gives the
    bins. With ``gau`` the flattened maps are first reduced to tokens that
    attend to each other: RTMPose's head, whose weights fit name by name.

    ``forward`` is what is exported and ends at the logits; softmax and the
    search for the peak are done in numpy, in training's ``predict`` and on a
    board alike. A keypoint's score is the peak of its distribution relative
    to a label's: 1 when the network is as sure as its labels.

    The number of bins comes from the decoder, so that it is rounded once.
    Unlike MMPose's, the flip test averages keypoints, not bins.

    Args:
        in_channels: channels of the map.
        num_keypoints: K.
        in_featuremap_size: (w, h) of the map, cells.
        decoder: a ``LightSimCCLabel`` config.
        kernel_size: of the convolution to K maps, odd; RTMPose has 7.
        upsample: ``'none'``, ``'deconv'`` or ``'pixel_shuffle'``; see
            :func:`~mmpose_lightkpt.models.upsampling.upsampling`.
        num_upsamples: layers of it; each doubles the map.
        upsample_channels: channels of each.
        upsample_groups: groups of each.
        gau: None, or arguments of :class:`~.gau.LightGAU`.
        loss: ``BinKLLoss`` by default.
        init_cfg: initialisation. By default the convolutions keep the
            variance of what they get; MMPose's std of 0.001 makes the
            logits' gradient so small that the first epochs are lost.

    Raises:
        ValueError: an argument is outside of its range, the map is not what
            the input size gives at any stride, or the decoder is another
            method's.
    """

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        in_featuremap_size: Tuple[int, int],
        decoder: OptConfigType = None,
        kernel_size: int = 1,
        upsample: str = 'none',
        num_upsamples: int = 1,
        upsample_channels: int = 144,
        upsample_groups: int = 16,
        gau: OptConfigType = None,
        loss: Optional[ConfigType] = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(
            init_cfg
            or [
                dict(
                    type='Kaiming',
                    layer=['Conv2d', 'ConvTranspose2d'],
                    mode='fan_in',
                    nonlinearity='linear',
                ),
                dict(type='Constant', layer='_BatchNorm', val=1),
                dict(type='Normal', layer='Linear', std=0.01),
            ]
        )
        self._check(in_channels, num_keypoints, kernel_size)
        self.in_channels, self.num_keypoints = in_channels, num_keypoints
        self.decoder = self._build_decoder(decoder)
        self.in_featuremap_size = tuple(in_featuremap_size)
        self._check_map()
        widths = [in_channels] + [upsample_channels] * num_upsamples
        if upsample == 'none':
            widths = widths[:1]
        self._check_upsampling(upsample, widths, upsample_groups)
        self.upsample = nn.Sequential(
            *(
                upsampling(upsample, *pair, groups=upsample_groups)
                for pair in zip(widths, widths[1:])
            )
        )
        self.final_layer = nn.Conv2d(
            widths[-1], num_keypoints, kernel_size, padding=kernel_size // 2
        )
        width, height = self.in_featuremap_size
        tokens = width * height * 4 ** len(self.upsample)
        self.mlp = self.gau = None
        if gau is not None:
            attention = LightGAU(num_keypoints, **gau)
            hidden = attention.o.out_features
            self.mlp = nn.Sequential(
                ScaleNorm(tokens), nn.Linear(tokens, hidden, bias=False)
            )
            self.gau, tokens = attention, hidden
        wide, high = self.decoder.num_bins
        self.cls_x = nn.Linear(tokens, wide, bias=gau is None)
        self.cls_y = nn.Linear(tokens, high, bias=gau is None)
        self.loss_module = MODELS.build(loss or dict(type='BinKLLoss'))

    @staticmethod
    def _check(in_channels, num_keypoints, kernel_size) -> None:
        for name, value in (
            ('in_channels', in_channels),
            ('num_keypoints', num_keypoints),
            ('kernel_size', kernel_size),
        ):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f'LightSimCCHead: {name} must be a positive integer, '
                    f'got {value!r}'
                )
        if kernel_size % 2 == 0:
            raise ValueError(
                'LightSimCCHead: kernel_size must be odd, so that the map '
                f'keeps its size, got {kernel_size}'
            )

    @staticmethod
    def _check_upsampling(upsample, widths, groups) -> None:
        if upsample not in UPSAMPLING:
            raise ValueError(
                f'LightSimCCHead: upsample must be one of {UPSAMPLING}, got '
                f'{upsample!r}'
            )
        if upsample != 'none' and len(widths) < 2:
            raise ValueError(
                'LightSimCCHead: num_upsamples must be positive for '
                f'upsample={upsample!r}, got {len(widths) - 1}'
            )
        if len(widths) > 1 and any(width % groups for width in widths):
            raise ValueError(
                'LightSimCCHead: upsample_groups must divide in_channels and '
                f'upsample_channels, got {groups} for {widths[:2]}'
            )

    @staticmethod
    def _build_decoder(decoder: OptConfigType) -> LightSimCCLabel:
        built = None if decoder is None else KEYPOINT_CODECS.build(decoder)
        if not isinstance(built, LightSimCCLabel):
            raise ValueError(
                'LightSimCCHead: decoder must be a LightSimCCLabel, got '
                f'{type(built).__name__}'
            )
        return built

    def _check_map(self) -> None:
        size, cells = self.decoder.input_size, self.in_featuremap_size
        if not any(
            cells == tuple(-(-n // stride) for n in size)
            for stride in range(1, max(size) + 1)
        ):
            raise ValueError(
                'LightSimCCHead: in_featuremap_size must be input_size '
                f'divided by the stride, got {cells} for {size} (w, h), '
                'which is so for no stride'
            )

    def forward(self, feats: Sequence[Tensor]) -> Tuple[Tensor, Tensor]:
        """Map the features to logits.

        Args:
            feats: the last is the map (N, C, H, W).

        Returns:
            Logits over the bins of x (N, K, Wx) and of y (N, K, Wy).

        Raises:
            ValueError: the map is of another size than the head.
        """
        x = feats[-1]
        width, height = self.in_featuremap_size
        if tuple(x.shape[1:]) != (self.in_channels, height, width):
            raise ValueError(
                'LightSimCCHead: in_channels and in_featuremap_size are '
                f'{self.in_channels} and {self.in_featuremap_size} (w, h), '
                f'but the features are {tuple(x.shape)} (N, C, H, W)'
            )
        x = torch.flatten(self.final_layer(self.upsample(x)), 2)
        if self.gau is not None:
            x = self.gau(self.mlp(x))
        return self.cls_x(x), self.cls_y(x)

    def predict(
        self,
        feats: Features,
        batch_data_samples: OptSampleList,
        test_cfg: OptConfigType = None,
    ) -> InstanceList:
        """Decode one person per image, in input pixels.

        Args:
            feats: features, or with ``flip_test`` two of them, of the image
                and of its mirror.
            batch_data_samples: whose metainfo holds ``flip_indices``.
            test_cfg: ``flip_test`` is read.

        Returns:
            Per image ``keypoints`` (1, K, 2), ``keypoint_scores`` (1, K).
        """
        if not (test_cfg or {}).get('flip_test', False):
            return self.decode(self.forward(feats))
        return average_flipped(
            self.decode(self.forward(feats[0])),
            self.decode(self.forward(feats[1])),
            batch_data_samples[0].metainfo['flip_indices'],
            self.decoder.input_size[0],
        )

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: OptSampleList,
        train_cfg: OptConfigType = None,
    ) -> Dict[str, Tensor]:
        """The bins' loss, and the accuracy of their highest.

        Returns:
            ``loss_kpt`` and ``acc_pose``: mean over the joints of the share
            that is within 5 % of the input's width and height.

        Raises:
            ValueError: the samples hold another codec's targets, or these
                are of another size than the outputs.
        """
        outputs = self.forward(feats)
        *targets, weights = self._targets(batch_data_samples)
        got = [tuple(t.shape) for t in targets]
        want = [tuple(z.shape) for z in outputs]
        if got != want:
            raise ValueError(
                f'LightSimCCHead: the network gives logits of {want}, the '
                f"samples hold labels of {got}; GenerateTarget's encoder "
                "must be the head's decoder, num_keypoints the data's"
            )
        return dict(
            loss_kpt=self.loss_module(outputs, tuple(targets), weights),
            acc_pose=self._accuracy(outputs, targets, weights),
        )

    @staticmethod
    def _targets(batch_data_samples: OptSampleList) -> Sequence[Tensor]:
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        names = ('keypoint_x_labels', 'keypoint_y_labels', 'keypoint_weights')
        lacking = [name for name in names if name not in labels[0]]
        if lacking:
            raise ValueError(
                f'LightSimCCHead: the samples have no {", ".join(lacking)}; '
                "GenerateTarget's encoder must be a LightSimCCLabel"
            )
        return [torch.cat([lab[name] for lab in labels]) for name in names]

    def _accuracy(self, outputs, targets, weights) -> Tensor:
        """``acc_pose``, as MMPose logs it, of the highest bins."""
        found, meant = (
            to_numpy(torch.stack([row.argmax(-1) for row in rows], -1))
            for rows in (outputs, targets)
        )
        _, accuracy, _ = keypoint_pck_accuracy(
            found,
            meant,
            to_numpy(weights) > 0,
            thr=0.05,
            norm_factor=np.tile(self.decoder.num_bins, (len(found), 1)),
        )
        return weights.new_tensor(accuracy)
