"""Cases of SimCC: its codec and its head."""

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import nn

from mmpose_lightkpt.functional.bins import flip_bins
from mmpose_lightkpt.testing.codec_contract import CodecCase
from mmpose_lightkpt.testing.head_contract import HeadCase

WIDTH, HEIGHT = 188, 124
GRID = (47, 31)  # cells of 4 px


def log(labels):
    """A perfect network's logits; a hidden joint's are all the same."""
    return np.log(np.maximum(labels, 1e-30))


def codec_case(bound, **kwargs):
    """376 x 248 bins by default, two to a pixel.

    A convolution of two labels has its top at the centre, which the default
    decoding finds, and the mean of a label is there as well, both as exactly
    as the table of corrections for the borders is fine: linear between
    eighths of a bin. The highest bin is up to half a bin beside.
    """
    codec = KEYPOINT_CODECS.build(
        dict(type='LightSimCCLabel', input_size=(WIDTH, HEIGHT), **kwargs)
    )

    def decode(encoded):
        axes = ('keypoint_x_labels', 'keypoint_y_labels')
        return np.concatenate(
            codec.batch_decode(*(log(encoded[key]) for key in axes))[0]
        )

    def flip(encoded):
        x = flip_bins(encoded['keypoint_x_labels'], codec.split_ratio)
        return dict(encoded, keypoint_x_labels=x)

    ratio = codec.split_ratio
    return CodecCase(
        codec,
        decode,
        bound=bound,
        step=(1 / ratio, 1 / ratio),
        flip_encoded=flip if ratio == int(ratio) else None,
    )


CODECS = {
    'LightSimCCLabel': [
        codec_case(1e-4),
        codec_case(1e-4, split_ratio=3.0, sigma_bins=(4.0, 2.5)),
        codec_case(1e-4, split_ratio=1.3),
        codec_case(0.5 / 2, decoding='argmax'),
        codec_case(1e-3, decoding='soft', sigma_bins=(3.0, 5.0)),
    ],
}


def simcc_head(**kwargs):
    """K = 5 from 13 channels on 47 x 31 cells."""
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='LightSimCCHead',
            in_channels=13,
            num_keypoints=5,
            in_featuremap_size=GRID,
            decoder=dict(type='LightSimCCLabel', input_size=(WIDTH, HEIGHT)),
            **kwargs,
        )
    )


def parabolas(axis, head):
    """Logits of a joint in each cell of an axis, (bins, cells)."""
    sigma, num = head.decoder.sigma_bins[axis], head.decoder.num_bins[axis]
    stride = num / GRID[axis]
    places = (torch.arange(GRID[axis]) + 0.5) * stride
    return -0.5 * ((torch.arange(num)[:, None] - places) / sigma) ** 2


def simcc_pointing(**kwargs):
    """Each lit cell adds the logits of a joint in its column and row.

    Sums of parabolas are parabolas, whose vertex is the middle. Through the
    attention's tokens, which here are how much each column and row is lit,
    only the shortcut is open.
    """
    head = simcc_head(**kwargs).eval()
    for parameter in head.parameters():
        nn.init.zeros_(parameter)
    middle = head.final_layer.kernel_size[0] // 2
    head.final_layer.weight.data[:, :, middle, middle] = 1.0
    for layer in head.upsample:  # each cell becomes four of its own
        layer.conv.weight.data[..., 1:3, 1:3] = 1.0
        nn.init.ones_(layer.norm.weight)
    scale = 2 ** len(head.upsample)
    columns, rows = (torch.eye(n).repeat_interleave(scale, 1) for n in GRID)
    columns = columns[:, None].expand(-1, scale * GRID[1], -1).flatten(1)
    rows = rows[:, :, None].expand(-1, -1, scale * GRID[0]).flatten(1)
    x, y = parabolas(0, head), parabolas(1, head)
    if head.gau is None:
        head.cls_x.weight.data = x @ columns
        head.cls_y.weight.data = y @ rows
        return head
    head.mlp[0].g.data.fill_(1.0)
    head.mlp[1].weight.data = torch.cat([columns, rows])
    nn.init.ones_(head.gau.res_scale.scale)
    head.cls_x.weight.data[:, : GRID[0]] = x
    head.cls_y.weight.data[:, GRID[0] :] = y
    return head


def simcc_outputs(keypoints):
    """What a perfect network says: the labels' logarithms."""
    codec = simcc_head().decoder
    encoded = codec.encode(keypoints[None])
    return tuple(
        torch.from_numpy(log(encoded[f'keypoint_{axis}_labels']))
        for axis in 'xy'
    )


def head_case(params, macs, **kwargs):
    head = simcc_head(**kwargs)
    head.init_weights()
    return HeadCase(
        head=head,
        shapes=[(13, GRID[1], GRID[0])],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=simcc_pointing(**kwargs),
        outputs_for=simcc_outputs,
        params=params,
        macs=macs,
    )


def plain_case():
    """A 1x1 convolution and two layers from all cells to all bins."""
    c, k, cells, bins = 13, 5, 47 * 31, 2 * (188 + 124)
    return head_case(
        params=c * k + k + cells * bins + bins,
        macs=cells * c * k + k * cells * bins,
    )


def deconv_case():
    """A 4x4 deconvolution to 26 channels in 13 groups, and 4 x the cells.

    It reads one channel and gives two per group, 16 weights each, and has
    a norm.
    """
    d, k, cells, bins = 26, 5, 47 * 31, 2 * (188 + 124)
    return head_case(
        upsample='deconv',
        num_upsamples=1,
        upsample_channels=d,
        upsample_groups=13,
        params=16 * d + 2 * d + d * k + k + 4 * cells * bins + bins,
        macs=cells * 16 * d + 4 * cells * d * k + k * 4 * cells * bins,
    )


def attention_case():
    """A 3x3 convolution and attention with tokens as wide as w + h.

    The scale of either norm and of the shortcut, a layer to the tokens, one
    to u, v (e wide) and the base of q and k (s wide), their two affine maps,
    one back, and two to the bins, all without bias. The attention itself is
    K x K products of s and of e numbers.
    """
    c, k, cells, bins = 13, 5, 47 * 31, 2 * (188 + 124)
    d, s, e = 47 + 31, 6, 2 * (47 + 31)
    layers = cells * d + d * (2 * e + s) + e * d + d * bins
    return head_case(
        kernel_size=3,
        gau=dict(hidden_dims=d, s=s),
        params=9 * c * k + k + 1 + 1 + d + 4 * s + layers,
        macs=cells * 9 * c * k + k * layers + k * k * (s + e),
    )


HEADS = {'LightSimCCHead': [plain_case(), deconv_case(), attention_case()]}
