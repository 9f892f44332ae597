"""Cases of integral regression: its codec and its head."""

import torch
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import nn

from mmpose_lightkpt.functional import integral
from mmpose_lightkpt.testing.codec_contract import CodecCase
from mmpose_lightkpt.testing.head_contract import HeadCase


def decoded_maps(codec):
    """Decode the mean of each map."""

    def decode(encoded):
        persons, joints = encoded['keypoint_weights'].shape
        points = integral.expectation(encoded['heatmaps'])
        return codec.decode(points.reshape(persons, joints, 2))[0]

    return decode


def mirrored_maps(encoded):
    """Cells at (j + 0.5) / n are their own mirror image."""
    return dict(encoded, heatmaps=encoded['heatmaps'][..., ::-1])


def codec_case(heatmap_size, bound=0.0, labels=False, **kwargs):
    """The mean of a map is exactly its point, so nothing is lost."""
    codec = KEYPOINT_CODECS.build(
        dict(
            type='IntegralRLELabel',
            input_size=(188, 124),
            heatmap_size=heatmap_size,
            **kwargs,
        )
    )
    step = 188 / heatmap_size[0], 124 / heatmap_size[1]
    if labels:

        def decode(encoded):
            return codec.decode(encoded['keypoint_labels'])[0]

        return CodecCase(codec, decode, bound, step)
    return CodecCase(
        codec, decoded_maps(codec), bound, step, flip_encoded=mirrored_maps
    )


CODECS = {
    'IntegralRLELabel': [
        codec_case((47, 31)),
        codec_case((13, 11), sigma_cells=(0.7, 1.9)),
        codec_case((13, 11), labels=True),
        # Half a cell of 4 px; two cells' reach stay clear of the border.
        codec_case((47, 31), bound=2.0, sigma_cells=2 / 3, target='rounded'),
    ],
}


# Heads -------------------------------------------------------------------

JOINTS, CHANNELS = 5, 13
# RLE's flow, which only training has: six couplings of two nets 2-64-64-2.
FLOW = 12 * (2 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2)


def head(size, heatmap_size, **kwargs):
    """K = 5, 13 channels in, cells of 4 px where nothing is upsampled."""
    torch.manual_seed(0)
    built = MODELS.build(
        dict(
            type='IPRHead',
            in_channels=CHANNELS,
            num_keypoints=JOINTS,
            decoder=dict(
                type='IntegralRLELabel',
                input_size=(4 * size[0], 4 * size[1]),
                heatmap_size=heatmap_size,
            ),
            **kwargs,
        )
    )
    built.init_weights()
    return built


def pointing(built):
    """Let each map be bright where the features are."""
    built.eval()
    for parameter in built.parameters():
        nn.init.zeros_(parameter)
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
        elif isinstance(module, nn.ConvTranspose2d):
            # The two middle taps of four: each cell becomes two by two.
            module.weight.data[:, :, 1:3, 1:3] = 1
        elif isinstance(module, nn.Conv2d):
            middle = module.kernel_size[0] // 2
            module.weight.data[:, :, middle, middle] = 1
        elif isinstance(module, nn.Linear) and (
            module.in_features == module.out_features
        ):
            nn.init.eye_(module.weight)
    return built


def perfect(built):
    """What a perfect network says: the targets' logarithms."""

    def outputs(keypoints):
        encoded = built.decoder.encode(keypoints[None])
        maps = torch.from_numpy(encoded['heatmaps'])[None]
        logits = maps.clamp(min=1e-30).log() / built.temperature
        if built.debias == 'paper':
            logits = logits - logits.amin((2, 3), keepdim=True)
        sigma = torch.zeros(1, JOINTS, 2)
        return logits if built.sigma is None else (logits, sigma)

    return outputs


def head_case(size, times=1, params=0, macs=0, **kwargs):
    """A case on W x H features, given the size of what is before the maps.

    The 1x1 convolution to the maps has no bias where a softmax ignores it.
    """
    heatmap_size = (size[0] * times, size[1] * times)
    built = head(size, heatmap_size, **kwargs)
    inside = kwargs.get('upsample_channels', CHANNELS)
    bias = JOINTS * ('cosine_layer' in kwargs or built.debias == 'paper')
    params += inside * JOINTS + bias
    macs += inside * JOINTS * heatmap_size[0] * heatmap_size[1]
    if built.sigma is not None:
        linear = CHANNELS * 2 * JOINTS
        params += linear + 2 * JOINTS + FLOW
        macs += linear
    return HeadCase(
        head=built,
        shapes=[(CHANNELS, size[1], size[0])],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=pointing(head(size, heatmap_size, **kwargs)),
        outputs_for=perfect(built),
        params=params,
        macs=macs,
    )


# 7 channels out: the convolution's weights and two numbers of the norm.
DECONV = CHANNELS * 7 * 16
SHUFFLE = CHANNELS * 28 * 9
CELLS = 7 * 11

HEADS = {
    'IPRHead': [
        head_case((47, 31), sigma='gap'),
        head_case((47, 31)),
        head_case((47, 31), sigma='gap', debias='paper', score='product'),
        head_case((47, 31), debias='floor'),
        head_case(
            (17, 11),
            times=2,
            params=DECONV + 2 * 7,
            macs=DECONV * 17 * 11,
            upsample='deconv',
            num_upsamples=1,
            upsample_channels=7,
            upsample_groups=1,
        ),
        head_case(
            (17, 11),
            times=2,
            params=SHUFFLE + 2 * 28,
            macs=SHUFFLE * 17 * 11,
            upsample='pixel_shuffle',
            num_upsamples=1,
            upsample_channels=7,
            upsample_groups=1,
        ),
        head_case(
            (7, 11),
            params=CELLS * CELLS + CELLS,
            macs=JOINTS * CELLS * CELLS,
            cosine_layer=True,
            temperature=1000.0,
        ),
    ],
}
