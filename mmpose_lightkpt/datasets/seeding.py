"""Random state of one sample, from (seed, epoch, index) and nothing else.

MMEngine seeds each worker process once, so a sample's augmentation depends on
which worker drew it and on what that worker drew before: resuming a training
repeats neither. Seeding every sample by itself does.
"""

import random
from contextlib import contextmanager
from typing import Iterator, NamedTuple

import numpy as np
import torch


class SampleKey(NamedTuple):
    """What one drawn sample depends on; hand it to ``dataset[key]``.

    Attributes:
        seed: seed of the training, not negative.
        epoch: epoch, counted from 0.
        index: index of the sample in its data set.
    """

    seed: int
    epoch: int
    index: int


@contextmanager
def seeded(key: SampleKey) -> Iterator[None]:
    """Seed numpy, random and torch (CPU) from ``key``; restore them after.

    ``numpy.random.SeedSequence`` hashes the three numbers, so that
    neighbouring keys give unrelated streams.
    """
    # The transforms of MMPose and mmcv draw from the global states.
    numpy_state = np.random.get_state()  # noqa: NPY002
    python_state, torch_state = random.getstate(), torch.get_rng_state()
    words = np.random.SeedSequence(tuple(key)).generate_state(4).tolist()
    np.random.seed(words[:2])  # noqa: NPY002
    random.seed(words[2])
    torch.default_generator.manual_seed(words[3])
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
        torch.set_rng_state(torch_state)
