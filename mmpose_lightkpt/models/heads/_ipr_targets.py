"""What an ``IPRHead`` learns from, out of a batch of samples."""

from __future__ import annotations

from typing import Dict, Tuple

import torch
from mmpose.utils.typing import OptSampleList
from torch import Tensor

from ...codecs import IntegralRLELabel

LABELS = ('keypoint_labels', 'keypoint_weights')


def batch_targets(
    head: str, samples: OptSampleList, shape: Tuple[int, ...]
) -> Tuple[Dict[str, Tensor], Tensor]:
    """Put the samples' targets together.

    Args:
        head: name of the class, for messages.
        samples: one person each.
        shape: (N, K, H, W) of the network's maps.

    Returns:
        ``keypoints`` (N, K, 2) and ``heatmaps`` (N, K, H, W), and the
        weights (N, K).

    Raises:
        ValueError: the samples hold another codec's targets, or these are
            of another size.
    """
    first = samples[0]
    names = set(first.gt_instance_labels.keys())
    if 'gt_fields' in first:
        names |= set(first.gt_fields.keys())
    lacking = sorted({*LABELS, 'heatmaps'} - names)
    if lacking:
        raise ValueError(
            f'{head}: the samples have no {", ".join(lacking)}; '
            f"GenerateTarget's encoder must be an {IntegralRLELabel.__name__}"
        )
    heatmaps = torch.stack([sample.gt_fields.heatmaps for sample in samples])
    if heatmaps.shape != shape:
        got, want = (
            ' x '.join(map(str, size[1:])) for size in (shape, heatmaps.shape)
        )
        raise ValueError(
            f'{head}: the network gives maps of {got} (K, H, W), the codec '
            f"draws {want}; num_keypoints must be the data's, and the "
            "codec's heatmap_size the head's"
        )
    keypoints, weight = (
        torch.cat([sample.gt_instance_labels.get(name) for sample in samples])
        for name in LABELS
    )
    return dict(keypoints=keypoints, heatmaps=heatmaps), weight
