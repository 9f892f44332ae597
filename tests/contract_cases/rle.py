"""Cases of RLE's head."""

import numpy as np
import torch
from mmpose.registry import MODELS
from torch import nn

from mmpose_lightkpt.testing.head_contract import HeadCase

CHANNELS, HEIGHT, WIDTH, JOINTS = 3, 31, 47, 5
SIZE = (4 * WIDTH, 4 * HEIGHT)
REGRESSION = dict(type='RegressionLabel', input_size=SIZE)
HALF_PIXEL = dict(
    type='IntegralRLELabel', input_size=SIZE, heatmap_size=(WIDTH, HEIGHT)
)


def rle_head(decoder):
    """K = 5 from maps of 47 x 31 cells that are not pooled: the linear layer
    sees where a column is painted."""
    torch.manual_seed(0)
    head = MODELS.build(
        dict(
            type='LightRLEHead',
            in_channels=CHANNELS * HEIGHT * WIDTH,
            num_keypoints=JOINTS,
            decoder=decoder,
        )
    )
    head.init_weights()
    return head


def pointing(decoder):
    """Sum the cells' centres over what is bright: for a column, its x."""
    head = rle_head(decoder)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    weights = np.zeros((JOINTS, 4, CHANNELS, HEIGHT, WIDTH))
    weights[:, 0] = (x + 0.5) / WIDTH / (CHANNELS * HEIGHT)
    weights[:, 1] = (y + 0.5) / HEIGHT / (CHANNELS * WIDTH)
    weights = weights.reshape(4 * JOINTS, -1)
    head.fc.weight.data = torch.from_numpy(weights).float()
    nn.init.zeros_(head.fc.bias)
    return head


def outputs_for(decoder):
    """Shares of the input's size, and some sigma."""
    half = 0.5 * (decoder is HALF_PIXEL)

    def outputs(keypoints):
        shares = torch.from_numpy((keypoints + half) / SIZE).float()
        return torch.cat([shares, torch.full_like(shares, -1.25)], -1)[None]

    return outputs


def rle_case(decoder):
    """One linear layer with bias; and, in training, the flow.

    RealNVP has six couplings of two networks 2-64-64-2 with biases.
    """
    inputs, outputs = CHANNELS * HEIGHT * WIDTH, 4 * JOINTS
    network = 2 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2
    return HeadCase(
        head=rle_head(decoder),
        shapes=[(CHANNELS, HEIGHT, WIDTH)],
        flip_indices=[0, 2, 1, 4, 3],
        pointing=pointing(decoder),
        outputs_for=outputs_for(decoder),
        params=inputs * outputs + outputs + 6 * 2 * network,
        macs=inputs * outputs,
    )


HEADS = {'LightRLEHead': [rle_case(REGRESSION), rle_case(HALF_PIXEL)]}
