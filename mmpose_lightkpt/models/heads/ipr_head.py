"""Integral regression: keypoints as the means of maps."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple, Union

import torch
from mmengine.structures import PixelData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import MODELS
from mmpose.utils.typing import (
    ConfigType,
    Features,
    InstanceList,
    OptConfigType,
    OptSampleList,
    Predictions,
)
from torch import Tensor, nn

from ...functional import integral
from ..upsampling import upsampling
from ._ipr_checks import (
    build_decoder,
    check_arguments,
    check_loss,
    check_map,
    sigma_floor,
)
from ._ipr_targets import batch_targets
from .cosine_layer import CosineLayer
from .decoded_instances import decoded_instances
from .flip import average_flipped
from .pose_accuracy import pose_accuracy
from .soft_argmax import soft_argmax

__all__ = ['IPRHead']


@MODELS.register_module()
class IPRHead(BaseHead):
    """A map per joint, whose mean is the keypoint.

    Unlike MMPose's ``IntegralRegressionHead``, cells lie on a half-pixel
    grid, the correction of the softmax's bias is the right one, maps may come
    straight from the backbone, and a second branch can say how sure the
    network is, so that RLE can teach both.

    ``forward`` is what is exported: logits of the maps and of the sigmas. The
    softmax and the mean are numpy's, in float32: in half precision they lose
    up to 2 px.

    A keypoint's score is, by ``score``: ``'sigma'``, 1 minus the mean of its
    sigmas: how narrow an error the network expects; ``'peak'``, the
    probability of the map's strongest cell: how much evidence lies at one
    spot; or the product of both.

    Args:
        in_channels: channels of the last map of features.
        num_keypoints: K.
        heatmap_size: (W, H) of the maps, cells, after upsampling; the
            decoder's by default.
        upsample: ``'none'``, ``'deconv'`` or ``'pixel_shuffle'``.
        num_upsamples: how often the features are doubled; 0 for ``'none'``.
        upsample_channels: of each doubled map.
        upsample_groups: of each doubling, divides both channels.
        temperature: beta of the softmax.
        debias: what takes the pull to the middle away, one of
            ``functional.integral.DEBIAS``; ``'article'`` and ``'mmpose'``
            are there for comparison.
        max_floor_share: limit of the correction, in (0, 1).
        sigma: ``'none'``, or ``'gap'``: from the pooled features. Its floor
            is that of the loss.
        score: see above; ``'sigma'`` where there is one, else ``'peak'``.
        cosine_layer: the article's extra layer on the map, see
            :class:`~.cosine_layer.CosineLayer`.
        loss: takes the dicts ``pred`` and ``target`` and the weights;
            by default RLE and DSNT with sigma, smooth L1 without.
        decoder: an ``IntegralRLELabel``.
        init_cfg: initialisation of all layers.

    Raises:
        ValueError: an argument is outside of its range, or decoder or loss
            are another method's.
    """

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        heatmap_size: Optional[Tuple[int, int]] = None,
        upsample: str = 'none',
        num_upsamples: int = 0,
        upsample_channels: int = 144,
        upsample_groups: int = 16,
        temperature: float = 10.0,
        debias: str = 'none',
        max_floor_share: float = integral.MAX_FLOOR_SHARE,
        sigma: str = 'none',
        score: Optional[str] = None,
        cosine_layer: bool = False,
        loss: Optional[ConfigType] = None,
        decoder: OptConfigType = None,
        init_cfg: Optional[Union[dict, list]] = None,
    ):
        super().__init__(init_cfg or self.default_init_cfg)
        self.decoder = build_decoder(type(self).__name__, decoder)
        if heatmap_size is None and self.decoder is not None:
            heatmap_size = self.decoder.heatmap_size
        self.score = score or ('peak' if sigma == 'none' else 'sigma')
        check_arguments(
            type(self).__name__,
            in_channels=in_channels,
            num_keypoints=num_keypoints,
            heatmap_size=heatmap_size,
            upsample=upsample,
            num_upsamples=num_upsamples,
            upsample_channels=upsample_channels,
            upsample_groups=upsample_groups,
            temperature=temperature,
            debias=debias,
            max_floor_share=max_floor_share,
            sigma=sigma,
            score=self.score,
            decoder=self.decoder,
        )
        self.num_keypoints = num_keypoints
        self.heatmap_size = tuple(heatmap_size)
        self.temperature, self.debias = float(temperature), debias
        self.max_floor_share = float(max_floor_share)
        # A constant on all of a map changes a softmax only where it is
        # compared with 0.
        bias = cosine_layer or debias in ('paper', 'mmpose')
        widths = [in_channels] + [upsample_channels] * num_upsamples
        self.upsample = nn.Sequential(
            *(
                upsampling(upsample, *step, upsample_groups)
                for step in zip(widths, widths[1:])
            )
        )
        self.final = nn.Conv2d(widths[-1], num_keypoints, 1, bias=bias)
        cells = self.heatmap_size[0] * self.heatmap_size[1]
        self.cosine = CosineLayer(cells) if cosine_layer else nn.Identity()
        linear = nn.Linear(in_channels, 2 * num_keypoints)
        pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
        self.sigma = pooled if sigma == 'gap' else None
        self.loss_module = MODELS.build(loss or self._default_loss())
        check_loss(type(self).__name__, self.loss_module, sigma)

    @property
    def default_init_cfg(self) -> list:
        """Small outputs at first: each mean is the middle."""
        return [
            dict(type='Normal', layer=['Conv2d', 'ConvTranspose2d'], std=1e-3),
            dict(type='Normal', layer='Linear', std=0.01),
            dict(type='Constant', layer='BatchNorm2d', val=1),
        ]

    def _default_loss(self) -> dict:
        if self.sigma is not None:
            return dict(type='RLEDSNTLoss')
        kpt = dict(type='SmoothL1Loss', use_target_weight=True)
        return dict(type='RLEDSNTLoss', terms=dict(kpt=kpt))

    @property
    def decode_spec(self) -> dict:
        """What a board needs to decode: the function and its arguments."""
        spec = dict(
            type='integral',
            input_size=[int(size) for size in self.decoder.input_size],
            temperature=self.temperature,
            debias=self.debias,
            max_floor_share=self.max_floor_share,
            score=self.score,
        )
        if self.sigma is not None:
            floor = sigma_floor(self.loss_module)
            spec.update(type='integral_sigma', sigma_floor=floor)
        return spec

    def switch_to_deploy(self, test_cfg: OptConfigType = None) -> None:
        """Leave out the sigma branch if no score needs it.

        MMPose's ``model.switch_to_deploy()`` calls this. Not to be trained
        any further.
        """
        del test_cfg
        if self.score == 'peak':
            self.sigma = None

    def forward(
        self, feats: Sequence[Tensor]
    ) -> Union[Tensor, Tuple[Tensor, Tensor]]:
        """Map features to logits.

        Args:
            feats: the last is (N, C, H, W) of the backbone.

        Returns:
            Logits of the maps (N, K, H, W) and, with sigma, those of the
            sigmas (N, K, 2).

        Raises:
            ValueError: the map is not of ``heatmap_size``.
        """
        x = feats[-1]
        heatmap = self.final(self.upsample(x))
        # While tracing, sizes are tensors, and they have been checked before.
        if not torch.jit.is_tracing():
            check_map(type(self).__name__, self.heatmap_size, x, heatmap)
        heatmap = self.cosine(heatmap)
        if self.sigma is None:
            return heatmap
        return heatmap, self.sigma(x).unflatten(1, (self.num_keypoints, 2))

    def predict(
        self,
        feats: Features,
        batch_data_samples: OptSampleList,
        test_cfg: OptConfigType = None,
    ) -> Predictions:
        """Decode one person per image, in input pixels.

        Args:
            feats: features, or with ``flip_test`` two of them, of the image
                and of its mirror.
            batch_data_samples: whose metainfo holds ``flip_indices``.
            test_cfg: ``flip_test`` and ``output_heatmaps`` are read.

        Returns:
            Per image ``keypoints`` (1, K, 2), ``keypoint_scores`` (1, K);
            with ``output_heatmaps`` also a list of the maps (K, H, W) of
            probabilities, those of the image that is not mirrored.

        Raises:
            ValueError: the network gives NaN or infinity.
        """
        test_cfg = test_cfg or {}
        flip = test_cfg.get('flip_test', False)
        outputs = self.forward(feats[0] if flip else feats)
        preds = self.decode(outputs)
        if flip:
            preds = average_flipped(
                preds,
                self.decode(self.forward(feats[1])),
                batch_data_samples[0].metainfo['flip_indices'],
                width=self.decoder.input_size[0],
            )
        if not test_cfg.get('output_heatmaps', False):
            return preds
        maps = self._soft_argmax(_as_tuple(outputs)[0])[1]
        return preds, [PixelData(heatmaps=m) for m in maps.detach()]

    def decode(
        self, batch_outputs: Union[Tensor, Tuple[Tensor, ...]]
    ) -> InstanceList:
        """Decode a batch, with the lines that a board decodes with."""
        outputs = _as_tuple(batch_outputs)
        spec = self.decode_spec
        return decoded_instances(self, integral.decode, outputs, spec)

    def _soft_argmax(self, logits: Tensor) -> Tuple[Tensor, Tensor]:
        return soft_argmax(
            logits, self.temperature, self.debias, self.max_floor_share
        )

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: OptSampleList,
        train_cfg: OptConfigType = None,
    ) -> Dict[str, Tensor]:
        """The terms of ``loss_module``, and ``acc_pose`` as MMPose logs it.

        Returns:
            ``loss_<term>`` for each, and ``acc_pose``: see
            :func:`~.pose_accuracy.pose_accuracy`.

        Raises:
            ValueError: the samples hold another codec's targets, or these
                are of another size than the outputs.
        """
        logits, *sigma = _as_tuple(self.forward(feats))
        keypoints, heatmaps = self._soft_argmax(logits)
        pred = dict(keypoints=keypoints, heatmaps=heatmaps)
        if sigma:
            # In float32 also under autocast: sigma is a divisor.
            kind = torch.promote_types(sigma[0].dtype, torch.float32)
            pred['sigmas'] = sigma[0].to(kind).sigmoid()
        target, weight = batch_targets(
            type(self).__name__, batch_data_samples, heatmaps.shape
        )
        losses = dict(self.loss_module(pred, target, weight))
        accuracy = pose_accuracy(keypoints, target['keypoints'], weight)
        return dict(losses, acc_pose=accuracy)


def _as_tuple(outputs: Union[Tensor, Sequence[Tensor]]) -> Sequence[Tensor]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
