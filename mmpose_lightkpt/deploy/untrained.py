"""Weights without training whose keypoints depend on what is seen.

As initialised, a network gives all but the same maps for every picture, and
parity of flat maps proves nothing: the rounding of bf16 moves their peaks by
100 px without anything being wrong. Rescaled layer by layer the maps depend
on the picture, but with weights of both signs each layer enlarges the
rounding of the one before as well. With weights of one sign each layer blurs,
and errors stay what they are. Times do not depend on the weights.
"""

from functools import partial
from typing import Callable, Dict, Tuple

import numpy as np
import torch
from torch import Tensor, nn

NOTE = 'untrained weights'
"""What a parity case says of its source."""
_NORM_SHARE = 0.3
"""Share of a channel's mean that its normalisation takes off: all of it would
leave differences alone, and these carry the rounding."""
# Last layers by their names in a head, and the spread and the middle that
# their outputs are given: of a heatmap, of what a sigmoid or a softmax turns
# into scores, and of coordinates in shares of the input's side.
_HEATMAP, _LOGITS, _SHARES = (0.2, 0.0), (1.0, 0.0), (0.03, 0.5)
_BINS = (2.0, 0.0)
_FLAT = (0.1, 0.0)  # a mean place moves with all of the map's rounding
_LAST = {
    'final_layer': _HEATMAP,
    'center.2': _LOGITS,
    'heatmap.2': _LOGITS,
    'final': _FLAT,
    'cls_x': _BINS,
    'cls_y': _BINS,
    'fc': _SHARES,
}
# A bin of mean weights would be like its neighbours; the loss is not run.
_SIGNED = ('head.cls_', 'head.loss')


@torch.no_grad()
def enliven(model: nn.Module, crops: np.ndarray) -> None:
    """Give a model such weights, in place.

    Args:
        model: a top-down pose estimator in evaluation mode, as initialised.
        crops: (N, h, w, 3) uint8 BGR, to set scales on; N > 1.
    """
    images = list(torch.from_numpy(crops.transpose(0, 3, 1, 2).copy()))
    x = model.data_preprocessor(dict(inputs=images, data_samples=[]))['inputs']
    x = x if isinstance(x, Tensor) else torch.stack(list(x))
    for name, weight in model.named_parameters():
        if weight.dim() > 1 and not name.startswith(_SIGNED):
            weight.abs_()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    _visit(model, x, {norm: _normalise for norm in norms})
    parts = dict(model.head.named_modules())
    for name, target in _LAST.items():
        layer = parts.get(name)
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            _visit(model, x, {layer: partial(_rescale, target=target)})


def _visit(model, x: Tensor, do: Dict[nn.Module, Callable]) -> None:
    """Run a model; show each layer its own input on the way."""
    hooks = [
        layer.register_forward_pre_hook(lambda m, given: do[m](m, given[0]))
        for layer in do
    ]
    model(x, None, mode='tensor')
    for hook in hooks:
        hook.remove()


def _normalise(norm: nn.BatchNorm2d, x: Tensor) -> None:
    """Unit scale for what comes, with a share of its mean taken off."""
    mean = _NORM_SHARE * x.mean((0, 2, 3))
    norm.running_mean.copy_(mean)
    norm.running_var.copy_((x - mean[:, None, None]).square().mean((0, 2, 3)))


def _rescale(layer: nn.Module, x: Tensor, target: Tuple[float, float]) -> None:
    """Give each channel of a layer's answers a spread about a middle."""
    spread, middle = target
    out = type(layer).forward(layer, x).transpose(0, 1).flatten(1)
    factor = spread / out.std(1).mean()
    layer.weight.mul_(factor)
    if layer.bias is not None and len(layer.bias) == len(out):
        bias = layer.bias - out.mean(1)
        layer.bias.copy_(middle + factor * bias)
