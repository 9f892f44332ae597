"""A small head of integral regression, and what it takes."""

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

DECODER = dict(
    type='IntegralRLELabel', input_size=(192, 256), heatmap_size=(6, 8)
)
RLE = dict(rle=dict(type='SafeRLELoss'))
DSNT = dict(dsnt=dict(type='DSNTLoss'))


def head(**kwargs):
    """K = 5 on 6 x 8 cells, 13 channels in."""
    torch.manual_seed(0)
    given = dict(in_channels=13, num_keypoints=5, decoder=DECODER)
    given.update(kwargs)
    return MODELS.build(dict(type='IPRHead', **given))


def features(num=2, seed=0, size=(8, 6)):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(num, 13, *size, generator=generator)]


def samples(points, visible=None, codec=None):
    """Packed samples, one person each, of points (N, K, 2)."""
    codec = codec or head().decoder
    packed = []
    for n, person in enumerate(points):
        given = None if visible is None else visible[n][None]
        encoded = codec.encode(person[None], given)
        sample = PoseDataSample()
        sample.gt_fields = PixelData(heatmaps=encoded.pop('heatmaps'))
        sample.gt_fields = sample.gt_fields.to_tensor()
        sample.gt_instance_labels = InstanceData(**encoded).to_tensor()
        packed.append(sample)
    return packed


def people(num=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(20, 170, (num, 5, 2))
