"""Cases of MoveNet: its codec, its losses and its head."""

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import nn

from mmpose_lightkpt.testing.codec_contract import CodecCase
from mmpose_lightkpt.testing.head_contract import HeadCase
from mmpose_lightkpt.testing.loss_contract import LossCase, LossInputs


def movenet_case(**kwargs):
    """A grid of 47 x 31 cells of 4 px.

    Peaks are snapped to the nearest cell and the offset carries the rest as
    a real number, so nothing is lost: the bound is 0.
    """
    codec = KEYPOINT_CODECS.build(
        dict(type='MoveNetLabel', input_size=(188, 124), stride=4, **kwargs)
    )

    def decode(encoded):
        maps = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
        return codec.decode(*(encoded[key] for key in maps))[0]

    return CodecCase(codec, decode, bound=0.0, step=(4.0, 4.0))


def movenet_multi_case(**kwargs):
    """The same grid; of two people the decode's first.

    Who is first goes by the centres' places, which do not know the order
    that people were given in.
    """
    codec = KEYPOINT_CODECS.build(
        dict(
            type='MoveNetMultiLabel', input_size=(188, 124), stride=4, **kwargs
        )
    )

    def decode(encoded):
        maps = ('center_heatmaps', 'heatmaps', 'regression', 'offsets')
        maps += ('box_offsets', 'box_sizes')
        return codec.decode(*(encoded[key] for key in maps)).keypoints[:1]

    return CodecCase(codec, decode, bound=0.0, step=(4.0, 4.0))


CODECS = {
    'MoveNetLabel': [
        movenet_case(),
        movenet_case(preset='article'),
        movenet_case(preset='official', center='box', regression_radius=0),
        movenet_case(kernel_radius=5),
        movenet_case(preset='article', kernel_radius=2),
    ],
    'MoveNetMultiLabel': [
        movenet_multi_case(),
        movenet_multi_case(center='box', max_people=3, gaussian_ratio=0.1),
    ],
}


def maps(num, joints, generator):
    """Heatmaps in [0, 1] on 11 x 7 cells."""

    def draw():
        return torch.rand(
            num, joints, 7, 11, generator=generator, dtype=torch.float64
        )

    target = draw()
    return LossInputs(draw(), target, torch.ones_like(target))


def peaks(num, joints, generator):
    """The same with a peak in each map, of which the focal loss knows."""
    inputs = maps(num, joints, generator)
    inputs.target[..., 2, 3] = 1
    return inputs


def only_peaks(target):
    """Where the focal loss is least: it punishes what is between."""
    return (target == 1).to(target.dtype)


def vectors(num, joints, generator):
    """Vectors on 11 x 7 cells; the output is at least 1 from the target,
    away from the kink of an absolute value."""
    target = torch.randn(
        num, 2 * joints, 7, 11, generator=generator, dtype=torch.float64
    )
    side = torch.where(
        torch.rand(target.shape, generator=generator) < 0.5, -1.0, 1.0
    )
    output = target + side * (
        1 + torch.rand(target.shape, generator=generator)
    )
    return LossInputs(output, target, torch.ones_like(target[:, ::2]))


LOSSES = {
    'ForegroundMSELoss': [
        LossCase(MODELS.build(dict(type='ForegroundMSELoss')), maps),
        LossCase(
            MODELS.build(dict(type='ForegroundMSELoss', foreground=0)), maps
        ),
    ],
    'PenaltyReducedFocalLoss': [
        LossCase(
            MODELS.build(dict(type='PenaltyReducedFocalLoss', **powers)),
            peaks,
            only_peaks,
        )
        for powers in ({}, dict(alpha=1.5, beta=0))
    ],
    'MaskedL1Loss': [
        LossCase(MODELS.build(dict(type='MaskedL1Loss')), vectors),
    ],
}


def movenet_head(multi='', **kwargs):
    """K = 5 on 47 x 31 cells, 13 channels in, 7 in each branch."""
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type=f'MoveNet{multi}Head',
            in_channels=13,
            num_keypoints=5,
            hidden_channels=7,
            decoder=dict(type=f'MoveNet{multi}Label', input_size=(188, 124)),
            **kwargs,
        )
    )


def movenet_pointing(**kwargs):
    """Let centre and heatmaps follow the features and the rest be 0."""
    head = movenet_head(**kwargs).eval()
    for parameter in head.parameters():
        nn.init.zeros_(parameter)
    for module in head.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
    for branch in (head.center, head.heatmap):
        for conv in (m for m in branch.modules() if isinstance(m, nn.Conv2d)):
            middle = conv.kernel_size[0] // 2
            conv.weight.data[:, :, middle, middle] = 1.0
        # 13 * 7 = 91 where the features are 1; far from 0 on both sides.
        conv.bias.data.fill_(-45.0)
    if hasattr(head, 'box_size'):
        head.box_size[-1].bias.data.fill_(100.0)  # more than the frame
    return head


def movenet_outputs(keypoints, multi=''):
    """What a perfect network says: the targets themselves."""
    codec = movenet_head(multi).decoder
    encoded = codec.encode(keypoints[None], np.ones((1, len(keypoints))))
    return tuple(
        torch.from_numpy(encoded[key])[None]
        for key in (
            'center_heatmaps',
            'heatmaps',
            'regression',
            'offsets',
            *(('box_offsets', 'box_sizes') if multi else ()),
        )
    )


def movenet_head_case(**kwargs):
    """The documented size of the head, by hand.

    Each of the four branches is a depthwise 3x3 on c = 13 channels with
    bias, a pointwise convolution to h = 7 without bias (its norm has 2h
    numbers), and a pointwise one to o channels with bias; o is 1, K, 2K, 2K.
    Multiply-accumulates per cell are the same without biases and norms.
    """
    c, h, outs, cells = 13, 7, (1, 5, 10, 10), 47 * 31
    params = sum(9 * c + c + c * h + 2 * h + h * o + o for o in outs)
    macs = cells * sum(9 * c + c * h + h * o for o in outs)
    return HeadCase(
        head=initialised(movenet_head(**kwargs)),
        shapes=[(c, 31, 47)],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=movenet_pointing(**kwargs),
        outputs_for=movenet_outputs,
        params=params,
        macs=macs,
    )


def movenet_multi_head_case(**kwargs):
    """As above, with two branches more, of o = 2.

    A score holds the weight of the joint's cell, which is half a cell from
    the joint at most along x and y, another one in the mirror image.
    """
    c, h, outs, cells = 13, 7, (1, 5, 10, 10, 2, 2), 47 * 31
    return HeadCase(
        head=initialised(movenet_head('Multi', **kwargs)),
        shapes=[(c, 31, 47)],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=movenet_pointing(multi='Multi', **kwargs),
        outputs_for=lambda keypoints: movenet_outputs(keypoints, 'Multi'),
        params=sum(9 * c + c + c * h + 2 * h + h * o + o for o in outs),
        macs=cells * sum(9 * c + c * h + h * o for o in outs),
        max_people=6,
        score_bound=(1 - np.exp(-0.5 / (0.3 * 31))) / 2,
    )


def initialised(head):
    head.init_weights()
    return head


HEADS = {
    'MoveNetHead': [movenet_head_case(), movenet_head_case(soft_sign=True)],
    'MoveNetMultiHead': [
        movenet_multi_head_case(),
        movenet_multi_head_case(soft_sign=True),
    ],
}
