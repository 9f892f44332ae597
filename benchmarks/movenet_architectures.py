"""Time what a MoveNet may be built of in ncnn, before anything is trained.

First the blocks of light networks at the sizes that a MoveNet has them, then
whole networks beside MoveNet Lightning's graph: all networks take turns, one
thread, random weights. Example:

    python benchmarks/movenet_architectures.py --out architectures.json
"""

import argparse
import json
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import ncnn
import numpy as np
import torch
from timed import utc_now
from torch import nn

from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.pnnx import convert
from mmpose_lightkpt.deploy.results import write_atomically

Stages = Tuple[Tuple[int, int, int, int], ...]
PAPER: Stages = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
REFERENCE = 'MobileNetV2 x1.0 at 192 px (Lightning)'
# channels and side of the maps at strides 4, 8, 16 and 32 of 160 px
SIZES = ((24, 40), (32, 20), (96, 10), (160, 5))
DEPTH = 6
"""Blocks in a row; their time is divided by it."""


class Timed(NamedTuple):
    """A network in ncnn."""

    net: ncnn.Net
    image: np.ndarray
    macs: int
    params: int
    times_ms: List[float]


def blocks() -> Dict[str, Tuple[nn.Module, Tuple[int, int, int]]]:
    """Name -> a row of blocks, and its input (C, H, W)."""
    from mmpose.models.backbones import mobilenet_v2, shufflenet_v2

    InvertedResidual = mobilenet_v2.InvertedResidual
    ShuffleUnit = shufflenet_v2.InvertedResidual
    found = {}
    for channels, side in SIZES:
        for name, make in {
            'inverted residual x6': lambda c: InvertedResidual(c, c, 1, 6),
            'inverted residual x4': lambda c: InvertedResidual(c, c, 1, 4),
            'inverted residual x3': lambda c: InvertedResidual(c, c, 1, 3),
            'shuffle unit': lambda c: ShuffleUnit(c, c),
            'shuffle unit, twice as wide': lambda c: ShuffleUnit(2 * c, 2 * c),
            'separable convolution': separable,
            'plain 3x3 convolution': lambda c: nn.Sequential(
                nn.Conv2d(c, c, 3, padding=1), nn.ReLU()
            ),
        }.items():
            width = channels * (2 if 'twice' in name else 1)
            row = nn.Sequential(*(make(channels) for _ in range(DEPTH)))
            found[f'{name}, {channels} channels'] = row, (width, side, side)
    return found


def separable(channels: int) -> nn.Module:
    """MobileNetV1's block, as pnnx fuses it."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 1),
        nn.ReLU(),
    )


def network(
    expand: Tuple[int, ...],
    side: int,
    blocks_32: int = 0,
    hidden: int = 64,
    whole: bool = False,
) -> Tuple[nn.Module, Tuple[int, int, int]]:
    """A MoveNet on MobileNetV2, and its input.

    Args:
        expand: expansion of each stage after the first.
        side: of the square input in pixels.
        blocks_32: blocks at stride 32.
        hidden: channels inside of each branch of the head.
        whole: end as Lightning does, with 1,280 channels.
    """
    arch = [PAPER[0]]
    for ratio, (_, channels, count, stride) in zip(expand, PAPER[1:]):
        if channels == 160 and not whole:
            count = blocks_32
        arch.append((ratio, channels, count, stride))
    outs, widths, chans = (1, 2, 4, 5), (24, 32, 64), (24, 32, 96, 160)
    if whole:
        outs, chans = (1, 2, 3, 7), (24, 32, 64, 1280)
    elif not blocks_32:
        arch, outs, widths, chans = arch[:5], outs[:3], (24, 32), chans[:3]
    parts = (
        dict(
            type='LightMobileNetV2',
            arch=arch,
            out_indices=outs,
            last_channels=1280 if whole else 0,
        ),
        dict(
            type='LightFPN', in_channels=chans, widths=widths, out_channels=24
        ),
        dict(
            type='MoveNetHead',
            in_channels=24,
            num_keypoints=17,
            hidden_channels=hidden,
        ),
    )
    from mmpose.registry import MODELS

    model = nn.Sequential(*(MODELS.build(part) for part in parts))
    return model, (3, side, side)


def networks() -> Dict[str, Tuple[nn.Module, Tuple[int, int, int]]]:
    """Name -> network and its input, the reference first."""
    found = {REFERENCE: network((6,) * 6, 192, hidden=96, whole=True)}
    for side in (160, 128):
        name = REFERENCE.replace('192 px (Lightning)', f'{side} px')
        found[name] = network((6,) * 6, side, hidden=96, whole=True)
    for side, blocks_32, expand in (
        (192, 3, (6, 6, 6, 6, 6)),
        (192, 2, (3, 4, 6, 6, 4)),
        (192, 0, (3, 3, 3, 3)),
        (160, 2, (6, 6, 6, 6, 4)),
        (160, 2, (3, 4, 6, 6, 4)),
        (160, 2, (4, 4, 4, 4, 4)),
        (160, 0, (6, 6, 6, 6)),
        (160, 0, (3, 4, 6, 6)),
        (160, 0, (3, 3, 3, 3)),
        (128, 2, (6, 6, 6, 6, 4)),
        (128, 2, (3, 4, 6, 6, 4)),
        (128, 2, (3, 3, 4, 4, 3)),
        (128, 2, (2, 3, 3, 3, 3)),
        (128, 1, (2, 3, 3, 3, 3)),
    ):
        ratios = '/'.join(map(str, expand))
        at_32 = f', blocks at stride 32: {blocks_32}' if blocks_32 else ''
        for hidden in (96, 64, 48):
            name = f'{side} px, x{ratios}{at_32}, hidden {hidden}'
            found[name] = network(expand, side, blocks_32, hidden)
    return found


def in_ncnn(model: nn.Module, shape: Tuple[int, int, int]) -> Timed:
    """Convert and load a network with random weights."""
    model.eval()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / 'model.pt'
        x = torch.rand(1, *shape)
        torch.jit.trace(model, x, check_trace=False).save(str(path))
        made = convert(path, (shape[2], shape[1]), channels=shape[0])
        net = ncnn.Net()
        net.opt.num_threads = 1
        net.opt.use_bf16_storage = False
        if net.load_param(str(made.param)) or net.load_model(str(made.bin)):
            raise SystemExit('ncnn cannot load what pnnx wrote')
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    params = sum(weight.numel() for weight in model.parameters())
    return Timed(net, image, made.macs or 0, params, [])


def run(timed: Timed) -> float:
    """One forward pass in milliseconds."""
    mat = ncnn.Mat(timed.image).clone()
    begin = time.perf_counter()
    with timed.net.create_extractor() as extractor:
        extractor.input('in0', mat)
        for name in timed.net.output_names():
            extractor.extract(name)
    return (time.perf_counter() - begin) * 1e3


def measure(models: Dict[str, tuple], rounds: int) -> Dict[str, dict]:
    """Time networks in turns; each twice in a row, the first to warm up."""
    loaded = {name: in_ncnn(*model) for name, model in models.items()}
    for _ in range(rounds):
        for timed in loaded.values():
            run(timed)
            timed.times_ms.append(run(timed))
    return {
        name: dict(
            median_ms=float(np.median(timed.times_ms)),
            macs=timed.macs,
            params=timed.params,
        )
        for name, timed in loaded.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    parser.add_argument('--rounds', type=int, default=200, metavar='N')
    args = parser.parse_args()
    from mmengine.registry import init_default_scope

    init_default_scope('mmpose')
    found = {}
    for what, models in (('blocks', blocks()), ('networks', networks())):
        found[what] = measure(models, args.rounds)
        for name, row in found[what].items():
            print(f'{name:55s} {row["median_ms"]:8.3f} ms')
    record = dict(
        kind='movenet_architectures',
        command=shlex.join(['python', *sys.argv]),
        date=utc_now(),
        device=describe_device(),
        ncnn=ncnn.__version__,
        depth=DEPTH,
        reference=REFERENCE,
        **found,
    )
    if args.out:
        write_atomically(args.out, json.dumps(record, indent=1).encode())


if __name__ == '__main__':
    main()
