"""Begin a narrow MobileNetV2 with the best channels of a whole one."""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple

import torch
from mmcv.cnn import ConvModule
from mmengine.runner.checkpoint import _load_checkpoint
from mmpose.models.backbones import MobileNetV2
from mmpose.models.backbones.mobilenet_v2 import InvertedResidual
from torch import Tensor, nn

__all__ = ['narrow_from_checkpoint']

_NORM = ('weight', 'bias', 'running_mean', 'running_var')
# A convolution's weight and its normalisation's four tensors.
Unit = Tuple[Tensor, Dict[str, Tensor]]


def narrow_from_checkpoint(module: nn.Module, path: str) -> None:
    """Fill a MobileNetV2 with weights of MobileNetV2 x1.0, in place.

    Stage by stage and block by block: blocks and stages that ``module`` has
    not are left out, and of a block's hidden channels the strongest stay. A
    channel's strength is the spread of its activation, which for a
    pre-activation of the normalisation's mean and deviation is that of
    relu6(z), times the norm of the projection's weights that read it. What is
    constant in the channels left out the next normalisation takes off anyway.

    Names do not matter, only the order, which MMPose's, torchvision's and
    most other layouts share; a classifier is passed over.

    Args:
        module: a ``LightMobileNetV2`` whose stages' channels are the paper's.
        path: a checkpoint, anything that MMEngine loads.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it does not hold MobileNetV2 x1.0, or a layer of
            ``module`` is wider than its, or has another count of channels.
    """
    state = _load_checkpoint(path, map_location='cpu')
    stem, stages, last = _whole(_units(state.get('state_dict', state)), path)
    _copy(module.conv1, stem, 'conv1')
    with torch.no_grad():
        for number, blocks in enumerate(stages, 1):
            layer = getattr(module, f'layer{number}', ())
            for index, (block, units) in enumerate(zip(layer, blocks)):
                _narrow(block, units, f'layer{number}.{index}')
    if hasattr(module, 'conv2') and len(module.arch_settings) == len(stages):
        _copy(module.conv2, last, 'conv2')


def _units(state: Dict[str, Tensor]) -> List[Unit]:
    """Convolutions with their normalisations, in order."""
    units: List[Unit] = []
    for name, value in state.items():
        kind = name.rsplit('.', 1)[-1]
        if value.dim() == 4:
            units.append((value, {}))
        elif value.dim() == 1 and kind in _NORM and units:
            units[-1][1].setdefault(kind, value)
    return units


def _whole(units: List[Unit], path: str):
    """Sort units into stem, stages of blocks, and last convolution."""
    found = iter(units)
    try:
        stem, stages = next(found), []
        inside = 32
        for ratio, channels, count, _ in MobileNetV2.arch_settings:
            stages.append([])
            for _ in range(count):
                shapes = list(_shapes(inside, ratio, channels))
                block = [next(found) for _ in shapes]
                if [tuple(w.shape) for w, _ in block] != shapes:
                    raise StopIteration
                stages[-1].append(block)
                inside = channels
        last = next(found)
        norms = [unit[1] for unit in units[: 1 + 3 * 17]]
        if any(set(norm) != set(_NORM) for norm in norms):
            raise StopIteration
    except StopIteration:
        raise ValueError(
            f'{path}: expected the weights of MobileNetV2 x1.0 with its batch '
            f'normalisations, 52 convolutions in order; got {len(units)}'
        ) from None
    return stem, stages, last


def _shapes(inside: int, ratio: int, outside: int) -> Iterator[tuple]:
    hidden = inside * ratio
    if ratio != 1:
        yield (hidden, inside, 1, 1)
    yield (hidden, 1, 3, 3)
    yield (outside, hidden, 1, 1)


def _narrow(block: InvertedResidual, units: List[Unit], name: str) -> None:
    """Copy a block, of its hidden channels the strongest."""
    *_, (depthwise, norm), (project, norm_out) = units
    wanted = block.conv[-1].conv.in_channels
    if wanted > len(depthwise):
        raise ValueError(
            f'LightMobileNetV2: {name} has {wanted} hidden channels, '
            f'MobileNetV2 x1.0 only {len(depthwise)}; narrow_from needs an '
            'expand_ratio not above its own, and its channels'
        )
    strength = _spread(norm) * project.flatten(1).norm(dim=0)
    keep = strength.topk(wanted).indices.sort().values
    if len(units) == 3:
        _copy(block.conv[0], _rows(units[0], keep), name)
    _copy(block.conv[-2], _rows((depthwise, norm), keep), name)
    _copy(block.conv[-1], (project[:, keep], norm_out), name)


def _spread(norm: Dict[str, Tensor], points: int = 99) -> Tensor:
    """Deviation of relu6(z), z normal by the normalisation's parameters."""
    level = torch.arange(1, points + 1) / (points + 1)
    quantiles = torch.distributions.Normal(0.0, 1.0).icdf(level)
    z = norm['bias'] + norm['weight'].abs() * quantiles[:, None]
    return z.clamp(0, 6).std(0)


def _rows(unit: Unit, keep: Tensor) -> Unit:
    return unit[0][keep], {kind: v[keep] for kind, v in unit[1].items()}


@torch.no_grad()
def _copy(module: ConvModule, unit: Unit, name: str) -> None:
    weight, norm = unit
    if module.conv.weight.shape != weight.shape:
        got, want = tuple(weight.shape), tuple(module.conv.weight.shape)
        raise ValueError(
            f'LightMobileNetV2: {name} has weights of {want}, MobileNetV2 '
            f'x1.0 of {got}; narrow_from needs the stages of the paper, with '
            'its channels'
        )
    module.conv.weight.copy_(weight)
    for kind, value in norm.items():
        getattr(module.norm, kind).copy_(value)
