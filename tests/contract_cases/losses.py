"""Cases of the losses of regression, integral regression and SimCC.

A loss of several inputs is given one tensor and takes it apart. Maps have
11 x 7 cells.
"""

import copy
import math

import torch
from mmpose.registry import MODELS

from mmpose_lightkpt.testing.loss_contract import LossCase, LossInputs

H, W, FRAME = 7, 11, (110, 70)
LINKS = ((0, 1), (0, 2), (1, 3), (3, 4))


def rand(generator, *shape):
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def probabilities(generator, num, joints):
    """Maps (N, K, H * W), each with sum 1, no cell near 0."""
    maps = 0.1 + rand(generator, num, joints, H * W)
    return maps / maps.sum(-1, keepdim=True)


def ones(num, joints):
    return torch.ones(num, joints, dtype=torch.float64)


def as_maps(flat):
    return flat.unflatten(2, (H, W))


def in_each_precision(loss):
    """Give the copy of a loss whose parameters have the inputs' type."""
    double = copy.deepcopy(loss).double()
    return lambda like: double if like.dtype is torch.float64 else loss


# SafeRLELoss -------------------------------------------------------------


def points_and_sigmas(num, joints, generator):
    """Points 0.2 to 0.5 from the target, sigmas of 0.3 to 0.9."""
    target = rand(generator, num, joints, 2)
    side = torch.where(rand(generator, num, joints, 2) < 0.5, -1.0, 1.0)
    points = target + side * (0.2 + 0.3 * rand(generator, num, joints, 2))
    sigmas = 0.3 + 0.6 * rand(generator, num, joints, 2)
    return LossInputs(
        torch.cat([points, sigmas], -1), target, ones(num, joints)
    )


def surely_right(target):
    """At the target with sigmas of 0.1."""
    return torch.cat([target, torch.full_like(target, 0.1)], -1)


def rle_at_surely_right(count, constant, phis, floor=0.005):
    """By hand, with a flow that is the standard normal at 0.

    Each axis has `count` log sigma and a constant, and log phi(0) is
    -log(2 pi).
    """
    sigma = floor + (1 - floor) * 0.1
    return 2 * (count * math.log(sigma) + constant) + phis * math.log(
        2 * math.pi
    )


def without_biases(loss):
    """All couplings map 0 to 0, so the flow's density there is known."""
    for name, parameter in loss.named_parameters():
        if 'flow_model' in name and name.endswith('bias'):
            torch.nn.init.zeros_(parameter)
    return loss


def rle_case(minimum, **kwargs):
    torch.manual_seed(0)
    built = MODELS.build(dict(type='SafeRLELoss', **kwargs))
    module = in_each_precision(without_biases(built))

    def loss(output, target, weight):
        return module(output)(output[..., :2], output[..., 2:], target, weight)

    return LossCase(
        loss, points_and_sigmas, surely_right, lambda inputs: minimum
    )


# DSNTLoss ----------------------------------------------------------------


def two_maps(num, joints, generator):
    return LossInputs(
        as_maps(probabilities(generator, num, joints)),
        as_maps(probabilities(generator, num, joints)),
        ones(num, joints),
    )


def cross_of_variance(target):
    """Mass at x = 5 +- 2 and y = 3 +- 1: variances of 4 and 1."""
    maps = torch.zeros_like(target)
    for y in (2, 4):
        maps[:, :, y, 3] = maps[:, :, y, 7] = 0.25
    return maps


# ExpectedOKSLoss ---------------------------------------------------------


def map_and_cell(num, joints, generator):
    """Targets in the middle of a cell, which a map can hit."""
    cells = torch.tensor([W, H], dtype=torch.float64)
    cell = (rand(generator, num, joints, 2) * cells).floor()
    return LossInputs(
        as_maps(probabilities(generator, num, joints)),
        (cell + 0.5) / cells,
        ones(num, joints),
    )


def all_in_one_cell(target):
    x = (target[..., 0] * W).long()
    y = (target[..., 1] * H).long()
    maps = torch.nn.functional.one_hot(y * W + x, H * W)
    return as_maps(maps.to(target))


# BoneLengthLoss and BinKLLoss --------------------------------------------


def two_poses(num, joints, generator):
    return LossInputs(
        rand(generator, num, joints, 2),
        rand(generator, num, joints, 2),
        ones(num, joints),
    )


def bins(num, joints, generator):
    """Logits and probabilities, 11 of x and then 7 of y."""
    target = torch.cat(
        [
            (3 * rand(generator, num, joints, size)).softmax(-1)
            for size in (W, H)
        ],
        -1,
    )
    return LossInputs(
        3 * rand(generator, num, joints, W + H), target, ones(num, joints)
    )


def bin_kl(output, target, weight):
    loss = MODELS.build(dict(type='BinKLLoss'))
    return loss(output.split((W, H), -1), target.split((W, H), -1), weight)


# RLEDSNTLoss and AutomaticWeightedLoss -----------------------------------


def everything(num, joints, generator):
    """Points, sigmas and maps in a row: (N, K, 4 + 77) and (N, K, 2 + 77)."""
    points = points_and_sigmas(num, joints, generator)
    maps = two_maps(num, joints, generator)
    return LossInputs(
        torch.cat([points.output, maps.output.flatten(2)], -1),
        torch.cat([points.target, maps.target.flatten(2)], -1),
        points.weight,
    )


def all_right(target):
    return torch.cat([surely_right(target[..., :2]), target[..., 2:]], -1)


def sum_case(minimum, log_var=None, **cfg):
    torch.manual_seed(0)
    built = without_biases(MODELS.build(cfg))
    for parameter in getattr(built, 'log_vars', {}).values():
        torch.nn.init.constant_(parameter, log_var)
    module = in_each_precision(built)

    def loss(output, target, weight):
        pred = dict(
            keypoints=output[..., :2],
            sigmas=output[..., 2:4],
            heatmaps=as_maps(output[..., 4:]),
        )
        truth = dict(
            keypoints=target[..., :2], heatmaps=as_maps(target[..., 2:])
        )
        values = module(output)(pred, truth, weight)
        return sum(v for name, v in values.items() if 'loss' in name)

    return LossCase(loss, everything, all_right, lambda inputs: minimum)


MMPOSE = rle_at_surely_right(2, math.log(2), 2)
OFFICIAL = rle_at_surely_right(2, math.log(2 * math.pi) / 2, 2)
PAPER = rle_at_surely_right(1, math.log(2), 1, floor=0.01)
NO_RESIDUAL = rle_at_surely_right(1, 0, 2)
TERMS = dict(rle=dict(type='SafeRLELoss'), dsnt=dict(type='DSNTLoss'))
L1 = dict(coord=dict(type='L1Loss', use_target_weight=True))
S = 3 * math.tanh(0.4 / 3)


def dsnt_case(*args, **kwargs):
    loss = MODELS.build(dict(type='DSNTLoss', **kwargs))
    return LossCase(loss, two_maps, *args)


LOSSES = {
    'SafeRLELoss': [
        rle_case(MMPOSE),
        rle_case(OFFICIAL, density='official'),
        rle_case(PAPER, density='paper', sigma_floor=0.01),
        rle_case(NO_RESIDUAL, residual=False),
    ],
    'DSNTLoss': [
        dsnt_case(),
        dsnt_case(kind='kl'),
        dsnt_case(kind='variance'),
        dsnt_case(cross_of_variance, kind='variance', sigma_cells=(2, 1)),
    ],
    'ExpectedOKSLoss': [
        LossCase(
            MODELS.build(
                dict(
                    type='ExpectedOKSLoss', input_size=FRAME, sigmas=[0.1] * 5
                )
            ),
            map_and_cell,
            all_in_one_cell,
        )
    ],
    'BoneLengthLoss': [
        LossCase(
            MODELS.build(
                dict(type='BoneLengthLoss', input_size=FRAME, links=LINKS)
            ),
            two_poses,
            units=LINKS,
        )
    ],
    'BinKLLoss': [LossCase(bin_kl, bins, torch.log)],
    'RLEDSNTLoss': [
        sum_case(MMPOSE, type='RLEDSNTLoss'),
        sum_case(0.0, type='RLEDSNTLoss', terms=L1),
    ],
    'AutomaticWeightedLoss': [
        # e^-s times the least of RLE, 0 of DSNT, and s of each.
        sum_case(
            math.exp(-S) * MMPOSE + 2 * S,
            log_var=0.4,
            type='AutomaticWeightedLoss',
            terms=TERMS,
        )
    ],
}
