"""Google's convolutions into our MobileNetV2-FPN with MoveNet's head.

Names and order of the two differ, structure does not: the convolutions of
backbone and neck's downward path are one chain, whose order any file keeps;
the laterals are what the neck adds; each branch of the head goes by its name.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Sequence, Tuple

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from .tflite_file import Convolution

__all__ = ['load_convolutions']

# Google's name of each branch of our MoveNetHead.
_BRANCHES = dict(
    center='center_0',
    heatmap='kpt_heatmap_0',
    regression='kpt_regress_0',
    offset='kpt_offset_0',
)
_ACTIVATIONS = {nn.ReLU6: 'RELU6', nn.ReLU: 'RELU'}


def load_convolutions(
    model: nn.Module, convolutions: Sequence[Convolution]
) -> None:
    """Fill a model with a file's convolutions, in place.

    Where a convolution has a batch normalisation after it, which in the file
    is folded in, this is set to the identity and the bias.

    Args:
        model: ``TopdownPoseEstimator`` with ``MobileNetV2``, ``LightFPN`` and
            ``MoveNetHead``.
        convolutions: see :meth:`~.tflite_file.TFLiteFile.convolutions`.

    Raises:
        ValueError: the file's network is another; the message names the
            first convolution that does not fit.
    """
    pairs = list(_pair(model, convolutions))
    for name, module, found in pairs:
        _check(model, name, module, found)
    with torch.no_grad():
        for name, module, found in pairs:
            _fill(model, name, module, found)


def _pair(
    model: nn.Module, convolutions: Sequence[Convolution]
) -> Iterator[Tuple[str, nn.Conv2d, Convolution]]:
    """Name, module and convolution of the file of each."""
    names = {part: _names(model, part) for part in ('backbone', 'neck')}
    levels = range(len(model.neck.laterals))
    top = ['neck.top']
    for level in reversed(levels):
        top += [
            n for n in names['neck'] if n.startswith(f'neck.convs.{level}.')
        ]
    expected = {
        'backbone and neck': names['backbone'] + top,
        'laterals': [f'neck.laterals.{level}' for level in levels],
        **{
            google: _names(model, f'head.{ours}')
            for ours, google in _BRANCHES.items()
        },
    }
    found = _sort(convolutions)
    for part, wanted in expected.items():
        if len(wanted) != len(found[part]):
            raise ValueError(
                f'the file has {len(found[part])} convolutions in '
                f'{part}, the model has {len(wanted)}: is it a single-pose '
                'MoveNet, and of this size?'
            )
        for name, one in zip(wanted, found[part]):
            yield name, model.get_submodule(name), one


def _names(model: nn.Module, part: str) -> List[str]:
    return [
        f'{part}.{name}'
        for name, module in model.get_submodule(part).named_modules()
        if isinstance(module, nn.Conv2d)
    ]


def _sort(convolutions: Sequence[Convolution]) -> Dict[str, List[Convolution]]:
    """By part; laterals from fine to coarse."""
    parts: Dict[str, List[Convolution]] = {
        part: []
        for part in ('backbone and neck', 'laterals', *_BRANCHES.values())
    }
    for one in convolutions:
        part = one.name.split('/')[0]
        if part not in parts:
            part = 'laterals' if one.lateral else 'backbone and neck'
        parts[part].append(one)
    parts['laterals'].sort(key=lambda one: one.size, reverse=True)
    return parts


def _check(
    model: nn.Module, name: str, module: nn.Conv2d, found: Convolution
) -> None:
    wanted = (
        tuple(module.weight.shape),
        module.stride[0],
        _activation(model, name),
    )
    got = (found.weight.shape, found.stride, found.activation)
    if wanted != got:
        raise ValueError(
            f'{name}: the model has {wanted} (weight, stride, activation), '
            f"the file's {found.name.split('/')[-1]} {got}: it is another "
            'MoveNet than that of the config'
        )


def _activation(model: nn.Module, name: str) -> str:
    """Of the convolution's ConvModule, as TFLite calls it."""
    parent = model.get_submodule(name.rsplit('.', 1)[0])
    if not isinstance(parent, ConvModule) or not parent.with_activation:
        return 'NONE'
    return _ACTIVATIONS.get(type(parent.activate), 'another')


def _fill(
    model: nn.Module, name: str, module: nn.Conv2d, found: Convolution
) -> None:
    weight, bias = torch.from_numpy(found.weight), torch.from_numpy(found.bias)
    if name in ('head.regression.2', 'head.offset.2'):  # the last of each
        weight, bias = _x_first(weight), _x_first(bias)
    module.weight.copy_(weight)
    if module.bias is not None:
        module.bias.copy_(bias)
        return
    norm = model.get_submodule(name.rsplit('.', 1)[0]).norm
    norm.running_mean.zero_()
    norm.running_var.fill_(1)
    norm.weight.fill_((1 + norm.eps) ** 0.5)
    norm.bias.copy_(bias)


def _x_first(rows: Tensor) -> Tensor:
    """Rows y0, x0, y1, x1, ... as x0, y0, x1, y1, ..."""
    return rows.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
