"""How a board decodes what MMPose's own heads give. Needs MMPose.

Heads and codecs of ours say so themselves, by the property ``decode_spec``.
"""

from typing import Any, Callable, Dict, Tuple

from mmpose.codecs import MSRAHeatmap, RegressionLabel, SimCCLabel
from mmpose.models.heads import (
    HeatmapHead,
    RegressionHead,
    RLEHead,
    RTMCCHead,
    SimCCHead,
)
from torch import nn


def decode_spec(model: nn.Module) -> Dict[str, Any]:
    """Name the decoder of a model, with its parameters.

    The head is asked first, then its codec, then the table of MMPose's own.

    Args:
        model: a top-down pose estimator; without a head it is a backbone.

    Returns:
        A ``type`` of :data:`~.decoders.DECODERS` and its parameters.

    Raises:
        ValueError: nobody knows how, or a board cannot.
    """
    head = getattr(model, 'head', None)
    codec = getattr(head, 'decoder', None)
    for part in (head, codec):
        spec = getattr(part, 'decode_spec', None)
        if spec is not None:
            return dict(spec)
    for head_type, codec_type, describe in _TABLE:
        if isinstance(head, head_type) and isinstance(codec, codec_type):
            return describe(codec)
    raise ValueError(
        f'export: {type(model).__name__} has no head or head.decoder with a '
        f'decode_spec (head: {type(head).__name__}, decoder: '
        f'{type(codec).__name__}), so nobody could decode its outputs; give '
        'one of them the property decode_spec and deploy/decoders.py the '
        'function'
    )


def _regression(codec: RegressionLabel) -> Dict[str, Any]:
    return dict(
        type='regression',
        input_size=[int(size) for size in codec.input_size],
        half_pixel=False,
        sigma_floor=0.0,
    )


def _heatmap(codec: MSRAHeatmap) -> Dict[str, Any]:
    return dict(
        type='heatmap',
        stride=[float(factor) for factor in codec.scale_factor],
        refine='dark' if codec.unbiased else 'quarter',
        blur_kernel_size=int(codec.blur_kernel_size),
    )


def _simcc(codec: SimCCLabel) -> Dict[str, Any]:
    if codec.use_dark:
        raise ValueError(
            'export: SimCCLabel(use_dark=True) is not done on boards; '
            "LightSimCCLabel's decode is below a bin without a blur"
        )
    return dict(type='simcc_peaks', split_ratio=float(codec.simcc_split_ratio))


# A subclass's outputs are taken for its parent's: ViPNASHead's for
# HeatmapHead's.
_TABLE: Tuple[Tuple[type, type, Callable], ...] = (
    (RegressionHead, RegressionLabel, _regression),
    (RLEHead, RegressionLabel, _regression),
    (HeatmapHead, MSRAHeatmap, _heatmap),
    (SimCCHead, SimCCLabel, _simcc),
    (RTMCCHead, SimCCLabel, _simcc),
)
