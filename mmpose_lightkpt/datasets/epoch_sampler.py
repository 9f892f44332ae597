"""A sampler whose samples know their epoch."""

from typing import Iterator

from mmengine.dataset import DefaultSampler
from mmpose.registry import DATA_SAMPLERS

from .seeding import SampleKey


@DATA_SAMPLERS.register_module()
class EpochSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler`` with a :class:`SampleKey` per sample.

    The order is ``DefaultSampler``'s. Unlike there, what is yielded is
    (seed, epoch, index), from which :class:`PeopleDataset` seeds the
    augmentation: a training that was killed and resumed then sees the very
    same crops, whatever the number of workers.

    Args:
        dataset: a data set that takes keys (:class:`PeopleDataset`).
        shuffle: whether to shuffle every epoch. Defaults to True.
        seed: seed of order and augmentation; None draws one that all
            processes share.
        round_up: whether to repeat samples until every process has as many.

    Raises:
        ValueError: if the data set takes no keys.
    """

    def __init__(self, dataset, shuffle=True, seed=None, round_up=True):
        if not getattr(dataset, 'takes_sample_keys', False):
            raise ValueError(
                f'EpochSampler needs a data set that takes sample keys, such '
                f'as PeopleDataset, got {type(dataset).__name__} (use '
                f'DefaultSampler with it)'
            )
        super().__init__(dataset, shuffle, seed, round_up)

    def __iter__(self) -> Iterator[SampleKey]:
        """Yield this process's keys of the current epoch."""
        indices = list(super().__iter__())
        keys = [SampleKey(self.seed, self.epoch, index) for index in indices]
        return iter(keys)
