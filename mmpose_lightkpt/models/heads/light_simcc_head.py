"""SimCC's head: each joint as a distribution over bins of x and of y."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Union

import torch
from mmpose.models.heads.base_head import BaseHead
from mmpose.models.utils.transformer import ScaleNorm
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
)
from torch import Tensor, nn

from ..upsampling import upsampling
from ._simcc_checks import check_arguments, check_decoder
from .flip import average_flipped
from .gau import LightGAU
from .pose_accuracy import pose_accuracy

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
    board alike. A keypoint's score is how probable the network finds it that
    the joint is within 3 sigma of a label.

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
        num_upsamples: layers of it, each doubles the map; 0 for ``'none'``.
        upsample_channels: channels of each.
        upsample_groups: groups of each.
        gau: None, or arguments of :class:`~.gau.LightGAU`.
        loss: ``BinKLLoss`` by default.
        init_cfg: initialisation. By default the convolutions keep the
            variance of what they get: from MMPose's std of 0.001 the
            layers after them learn slowly at first.

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
        num_upsamples: int = 0,
        upsample_channels: int = 144,
        upsample_groups: int = 16,
        gau: OptConfigType = None,
        loss: Optional[ConfigType] = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(init_cfg or self.default_init_cfg)
        check_arguments(dict(locals()))
        self.in_channels, self.num_keypoints = in_channels, num_keypoints
        self.in_featuremap_size = tuple(in_featuremap_size)
        self.decoder = decoder and KEYPOINT_CODECS.build(decoder)
        check_decoder(self.decoder, self.in_featuremap_size)
        widths = [in_channels] + [upsample_channels] * num_upsamples
        self.upsample = nn.Sequential(
            *(
                upsampling(upsample, inside, outside, upsample_groups)
                for inside, outside in zip(widths, widths[1:])
            )
        )
        self.final_layer = nn.Conv2d(
            widths[-1], num_keypoints, kernel_size, padding=kernel_size // 2
        )
        width, height = self.in_featuremap_size
        tokens = width * height * 4**num_upsamples
        self.mlp = self.gau = None
        if gau is not None:
            self.gau = LightGAU(num_keypoints, **gau)
            hidden = self.gau.o.out_features
            self.mlp = nn.Sequential(
                ScaleNorm(tokens), nn.Linear(tokens, hidden, bias=False)
            )
            tokens = hidden
        wide, high = self.decoder.num_bins
        self.cls_x = nn.Linear(tokens, wide, bias=gau is None)
        self.cls_y = nn.Linear(tokens, high, bias=gau is None)
        self.loss_module = MODELS.build(loss or dict(type='BinKLLoss'))

    @property
    def default_init_cfg(self) -> list:
        """Convolutions keep the variance of what they get."""
        conv = dict(mode='fan_in', nonlinearity='linear')
        layers = ['Conv2d', 'ConvTranspose2d']
        return [
            dict(type='Kaiming', layer=layers, **conv),
            dict(type='Constant', layer='_BatchNorm', val=1),
            dict(type='Normal', layer='Linear', std=0.01),
        ]

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
        if not torch.jit.is_tracing():
            self._check_features(tuple(x.shape))
        x = torch.flatten(self.final_layer(self.upsample(x)), 2)
        if self.gau is not None:
            x = self.gau(self.mlp(x))
        return self.cls_x(x), self.cls_y(x)

    def _check_features(self, shape: Tuple[int, ...]) -> None:
        width, height = self.in_featuremap_size
        if shape[1:] != (self.in_channels, height, width):
            raise ValueError(
                'LightSimCCHead: in_channels and in_featuremap_size are '
                f'{self.in_channels} and {self.in_featuremap_size} (w, h), '
                f'but the features are {shape} (N, C, H, W)'
            )

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
            ``loss_kpt`` and ``acc_pose``, see
            :func:`~.pose_accuracy.pose_accuracy`.

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
        """``acc_pose`` of the highest bins."""
        size = weights.new_tensor(self.decoder.num_bins)
        found, meant = (
            torch.stack([row.argmax(-1) for row in rows], -1) / size
            for rows in (outputs, targets)
        )
        return pose_accuracy(found, meant, weights)
