"""Several data sets of people as one."""

from typing import Any, Dict, Sequence, Union

from mmengine.dataset import ConcatDataset
from mmpose.registry import DATASETS

from .seeding import SampleKey, seeded
from .skip_counter import SkipCounter


@DATASETS.register_module()
class JoinedPeople(ConcatDataset):
    """One :class:`PeopleDataset` after the other, with one pipeline.

    Unlike MMPose's ``CombinedDataset`` it leaves each sample to the data set
    that it is from, which knows what to do about a bad image, and takes a
    :class:`SampleKey` as index.

    Args:
        datasets: configs of data sets with the same joints, without
            pipeline.
        pipeline: the transforms of all of them.

    Raises:
        ValueError: if there is no data set, one has a pipeline of its own,
            or their joints differ.
    """

    takes_sample_keys = True

    def __init__(self, datasets: Sequence[dict], pipeline: Sequence = ()):
        if not datasets:
            raise ValueError('JoinedPeople: datasets must name at least one')
        if any('pipeline' in dataset for dataset in datasets):
            raise ValueError(
                'JoinedPeople: its datasets share one pipeline; give it to '
                'JoinedPeople and to none of them'
            )
        built = [
            DATASETS.build(dict(dataset, pipeline=list(pipeline)))
            for dataset in datasets
        ]
        super().__init__(built)
        self.skips = SkipCounter(
            [path for dataset in built for path in dataset.skips.rows]
        )
        for dataset in built:
            dataset.skips = self.skips

    def __getitem__(self, key: Union[int, SampleKey]) -> Dict[str, Any]:
        """Return one processed sample of the data set it belongs to."""
        if isinstance(key, SampleKey):
            with seeded(key):
                return super().__getitem__(key.index)
        return super().__getitem__(key)
