"""Images per second of training on a CPU: what we add against stock.

The same model, weights, batch and optimiser. Stock and channels-last take
turns, and with --bf16 torch's autocast and what Bf16OptimWrapper makes of it,
both channels-last; then the C library is told to keep freed memory, which
cannot be taken back, and all take turns again. Example:
    python benchmarks/training_speed.py CONFIG --bf16 --out record.json
"""

import argparse
import copy
import json
import shlex
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from timed import utc_now

import mmpose_lightkpt  # noqa: F401, registers what the config names
from mmpose_lightkpt.deploy.device import describe_device
from mmpose_lightkpt.deploy.results import write_atomically
from mmpose_lightkpt.engine import Bf16OptimWrapper
from mmpose_lightkpt.engine.channels_last_hook import reorder
from mmpose_lightkpt.engine.keep_memory_hook import keep_freed_memory


def fp32(model, optimizer):
    """Torch as it is."""
    return nullcontext()


def autocast(model, optimizer):
    """What a wrapper around torch's own bf16 does."""
    return torch.autocast('cpu', dtype=torch.bfloat16)


def wrapper(model, optimizer):
    """Our wrapper of the optimiser."""
    return Bf16OptimWrapper(optimizer).optim_context(model)


FP32 = dict(stock=fp32, channels_last=fp32)
BF16 = dict(bf16_autocast=autocast, bf16_wrapper=wrapper)


def load(config: Config):
    """A batch, the model, and how long one worker takes for a sample."""
    from mmpose.registry import DATASETS, MODELS

    init_default_scope('mmpose')
    dataset = DATASETS.build(config.train_dataloader.dataset)
    size = config.train_dataloader.batch_size
    start = time.perf_counter()
    samples = [dataset[i] for i in range(size)]
    load_s = (time.perf_counter() - start) / size
    model = MODELS.build(config.model)
    model.init_weights()
    return pseudo_collate(samples), model.train(), load_s


def step(model, optimizer, batch, numbers) -> float:
    """Seconds of one training step."""
    start = time.perf_counter()
    data = model.data_preprocessor(copy.deepcopy(batch), training=True)
    with numbers(model, optimizer):
        loss = sum(model(**data, mode='loss').values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return time.perf_counter() - start


def measure(config: Config, numbers: dict, rounds: int) -> dict:
    """Median images per second of all, and of the loader."""
    batch, stock, load_s = load(config)
    models = {name: copy.deepcopy(stock) for name in numbers}
    for name, model in models.items():
        if name != 'stock':
            # what engine.ChannelsLastHook does before a training
            model.backbone.register_forward_pre_hook(reorder)
    optimizers = {
        name: torch.optim.AdamW(model.parameters())
        for name, model in models.items()
    }
    spent = {}
    for ending in ('', '+keep_memory'):
        if ending and not keep_freed_memory():
            break
        for _ in range(rounds + 1):
            for name, model in models.items():
                seconds = step(model, optimizers[name], batch, numbers[name])
                spent.setdefault(name + ending, []).append(seconds)
    size = len(batch['inputs'])
    speed = {
        name: size / float(np.median(times[1:]))
        for name, times in spent.items()
    }
    return dict(
        images_per_s=speed,
        ratios={name: value / speed['stock'] for name, value in speed.items()},
        loader_images_per_s=1 / load_s,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--bf16', action='store_true', help='time bf16 too')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--out', type=Path, help='record to write (JSON)')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    numbers = {**FP32, **BF16} if args.bf16 else FP32
    result = measure(Config.fromfile(args.config), numbers, args.rounds)
    print(json.dumps(result, indent=2))
    if args.out:
        record = dict(
            kind='training_speed',
            command=shlex.join(['python', *sys.argv]),
            date=utc_now(),
            device=describe_device(),
            threads=args.threads,
            torch=torch.__version__,
            **result,
        )
        write_atomically(args.out, json.dumps(record, indent=2).encode())


if __name__ == '__main__':
    main()
