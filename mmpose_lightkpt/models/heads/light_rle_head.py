"""RLE's head: coordinates and how sure they are, from one linear layer."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.models.heads import RLEHead
from mmpose.models.losses import RLELoss
from mmpose.registry import MODELS
from mmpose.utils.tensor_utils import to_numpy
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
)
from torch import Tensor

from ...functional import regression
from .flip import average_flipped
from .pose_accuracy import pose_accuracy

__all__ = ['LightRLEHead']


@MODELS.register_module()
class LightRLEHead(RLEHead):
    """MMPose's ``RLEHead``, mended in three places.

    Its sigma has a floor (the loss's), hidden joints never enter the flow
    (the loss selects first), and an old checkpoint's names have their prefix
    cut off as a prefix: MMPose strips its *letters*, and with ``model.head.``
    loses the flow's weights.

    ``forward`` is what is exported: raw coordinates and logits of sigma. A
    keypoint's score is 1 minus the mean of its sigmas: how narrow an error
    the network expects.

    Args:
        in_channels: numbers per image after pooling, C (or C x H x W of maps
            that are not pooled).
        num_keypoints: K.
        loss: takes keypoints (N, K, 2), sigmas (N, K, 2), their target
            (N, K, 2) and weights (N, K); ``SafeRLELoss`` by default. If it
            has a ``sigma_floor``, so has the sigma of the scores.
        decoder: a ``RegressionLabel``, or an ``IntegralRLELabel`` for its
            half-pixel coordinates.
        init_cfg: initialisation; MMPose's by default.

    Raises:
        ValueError: an argument is outside of its range, or the decoder or
            the loss is another method's.
    """

    # Is a coordinate (x + 0.5) / w, rather than MMPose's x / w?
    half_pixel_of = dict(RegressionLabel=False, IntegralRLELabel=True)

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        loss: Optional[ConfigType] = None,
        decoder: OptConfigType = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        self._check(in_channels, num_keypoints)
        super().__init__(
            in_channels,
            num_keypoints,
            loss=loss or dict(type='SafeRLELoss'),
            decoder=decoder,
            init_cfg=init_cfg,
        )
        if type(self.loss_module) is RLELoss:
            raise ValueError(
                'LightRLEHead: loss must be a SafeRLELoss, got RLELoss, '
                'which would take the sigmas for logits'
            )
        kind = type(self.decoder).__name__
        if decoder is not None and kind not in self.half_pixel_of:
            raise ValueError(
                'LightRLEHead: decoder must be one of '
                f'{sorted(self.half_pixel_of)}, got {kind}'
            )

    @staticmethod
    def _check(in_channels, num_keypoints) -> None:
        for name, value in (
            ('in_channels', in_channels),
            ('num_keypoints', num_keypoints),
        ):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f'LightRLEHead: {name} must be a positive integer, '
                    f'got {value!r}'
                )

    @property
    def decode_spec(self) -> dict:
        """What a board needs to decode: the function and its arguments."""
        return dict(
            type='regression',
            input_size=[int(size) for size in self.decoder.input_size],
            half_pixel=self.half_pixel_of[type(self.decoder).__name__],
            sigma_floor=float(getattr(self.loss_module, 'sigma_floor', 0)),
        )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Map features to shares x, y and the logits of their sigmas.

        Args:
            feats: the last is (N, C), pooled, or whatever flattens to C.

        Returns:
            (N, K, 4).

        Raises:
            ValueError: the features are of another size.
        """
        x = torch.flatten(feats[-1], 1)
        fits = torch.jit.is_tracing() or x.shape[1] == self.in_channels
        if not fits:
            raise ValueError(
                f'LightRLEHead: in_channels is {self.in_channels}, but the '
                f'features are {tuple(feats[-1].shape)}; pool them with the '
                'neck GlobalAveragePooling, or give C x H x W'
            )
        return self.fc(x).reshape(-1, self.num_joints, 4)

    def predict(
        self,
        feats: Features,
        batch_data_samples: OptSampleList,
        test_cfg: OptConfigType = None,
    ) -> InstanceList:
        """Decode one person per image, in input pixels.

        Args:
            feats: pooled features, or with ``flip_test`` two of them, of
                the image and of its mirror.
            batch_data_samples: whose metainfo holds ``flip_indices``.
            test_cfg: ``flip_test`` is read.

        Returns:
            Per image ``keypoints`` (1, K, 2), ``keypoint_scores`` (1, K).

        Raises:
            ValueError: the network gives NaN or infinity.
        """
        if not (test_cfg or {}).get('flip_test', False):
            return self.decode(self.forward(feats))
        return average_flipped(
            self.decode(self.forward(feats[0])),
            self.decode(self.forward(feats[1])),
            batch_data_samples[0].metainfo['flip_indices'],
            width=self.decoder.input_size[0],
        )

    def decode(self, batch_outputs: Tensor) -> InstanceList:
        """Decode (N, K, 4), with the lines that a board decodes with."""
        output = to_numpy(batch_outputs.float())
        if not np.isfinite(output).all():
            raise ValueError(
                'LightRLEHead: the outputs hold NaN or infinity; the '
                'network diverged'
            )
        parameters = self.decode_spec
        del parameters['type']
        decoded = regression.decode(output, **parameters)
        return [
            InstanceData(keypoints=keypoints, keypoint_scores=scores)
            for keypoints, scores in zip(*decoded)
        ]

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: OptSampleList,
        train_cfg: OptConfigType = None,
    ) -> Dict[str, Tensor]:
        """RLE's loss, and ``acc_pose`` as MMPose logs it.

        Returns:
            ``loss_kpt`` and ``acc_pose``, see
            :func:`~.pose_accuracy.pose_accuracy`.

        Raises:
            ValueError: the samples hold another codec's targets, or another
                number of joints.
        """
        output = self.forward(feats)
        target, weight = self._targets(batch_data_samples, output)
        # In float32 also under autocast: sigma is a divisor.
        sigmas = output[..., 2:].float().sigmoid()
        keypoints = output[..., :2].float()
        loss = self.loss_module(keypoints, sigmas, target, weight)
        return dict(
            loss_kpt=loss, acc_pose=pose_accuracy(keypoints, target, weight)
        )

    def _targets(
        self, batch_data_samples: OptSampleList, output: Tensor
    ) -> Tuple[Tensor, Tensor]:
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        names = ('keypoint_labels', 'keypoint_weights')
        lacking = [name for name in names if name not in labels[0]]
        if lacking:
            raise ValueError(
                f'LightRLEHead: the samples have no {", ".join(lacking)}; '
                "GenerateTarget's encoder must be one of "
                f'{sorted(self.half_pixel_of)}'
            )
        target, weight = (
            torch.cat([label.get(name) for label in labels]) for name in names
        )
        if target.shape != output[..., :2].shape:
            raise ValueError(
                f'LightRLEHead: num_keypoints is {self.num_joints}, but the '
                f'targets are {tuple(target.shape)} (N, K, 2); it must be '
                "the data's"
            )
        return target, weight

    def _load_state_dict_pre_hook(
        self, state_dict, prefix, local_meta, *args
    ) -> None:
        """Rename ``loss.*`` of MMPose 0.x, and nothing outside the head."""
        if (local_meta.get('version') or 0) >= self._version:
            return
        old = prefix + 'loss.'
        for key in [key for key in state_dict if key.startswith(old)]:
            renamed = prefix + 'loss_module.' + key[len(old) :]
            state_dict[renamed] = state_dict.pop(key)
