"""Networks without training whose keypoints depend on what they see.

As initialised, our networks give all but the same maps for every picture (of
IPR, the maps' values spread by 1e-7), and parity of such maps proves nothing.
Rescaled layer by layer they depend on the picture, but an untrained network
enlarges differences from layer to layer, and so the rounding of bf16 as well:
keypoints then move by 100 px without anything being wrong. With weights of
one sign each layer blurs, and errors stay what they are.
"""

import torch
from torch import nn

from mmpose_lightkpt.deploy.export import export_ncnn
from mmpose_lightkpt.deploy.source_model import (
    build_model,
    describe_model,
    read_config,
    sample_crops,
)

# Layers whose weights keep their signs: they make joints differ.
SIGNED = ('head.final', 'head.cls_')
LAST = tuple(f'head.{n}.' for n in ('center.2', 'heatmap.2', 'final'))
LAST += ('head.cls_x.', 'head.cls_y.')


def export_lively(config, folder, gain, num_crops=3):
    """Export a config with such weights; return the bundle.

    ``gain`` enlarges the head's last layers: peaks should be higher than
    the rounding of bf16, and few enough that none of them wins by chance.
    """
    torch.manual_seed(0)
    cfg = read_config(config)
    model = build_model(cfg, None)
    size = describe_model(cfg, model)['input_size']
    crops, _ = sample_crops(cfg, size, 8)
    images = list(torch.from_numpy(crops.transpose(0, 3, 1, 2).copy()))
    x = model.data_preprocessor(dict(inputs=images, data_samples=[]))['inputs']
    x = x if isinstance(x, torch.Tensor) else torch.stack(list(x))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            last = name.startswith(LAST)
            if weight.dim() > 1 and not last and not name.startswith(SIGNED):
                weight.abs_()
        set_norms(model, x)
        for name, weight in model.named_parameters():
            if name.startswith(LAST) and name.endswith('weight'):
                weight.mul_(gain)
    weights = folder / 'weights.pth'
    torch.save(dict(state_dict=model.state_dict()), weights)
    return export_ncnn(config, weights, folder / 'bundle', None, num_crops)


def set_norms(model, x, share=0.3):
    """Let every normalisation give unit scale, a share of the mean off."""

    def measure(norm, inputs):
        mean = share * inputs[0].mean((0, 2, 3))
        norm.running_mean.copy_(mean)
        squares = (inputs[0] - mean[:, None, None]).square()
        norm.running_var.copy_(squares.mean((0, 2, 3)))

    hooks = [
        module.register_forward_pre_hook(measure)
        for module in model.modules()
        if isinstance(module, nn.BatchNorm2d)
    ]
    model(x, None, mode='tensor')
    for hook in hooks:
        hook.remove()
