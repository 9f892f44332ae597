import pytest

pytest.importorskip('mmpose')
from mmengine.dataset import DefaultSampler  # noqa: E402
from mmpose.registry import DATA_SAMPLERS  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the sampler

pytestmark = pytest.mark.mmpose


class Keyed(list):
    takes_sample_keys = True


def build(dataset, **options):
    return DATA_SAMPLERS.build(
        dict(type='EpochSampler', dataset=dataset, **options)
    )


@pytest.mark.parametrize('shuffle', [False, True])
def test_the_order_is_the_default_samplers(shuffle):
    dataset = Keyed(range(13))
    ours = build(dataset, seed=5, shuffle=shuffle)
    theirs = DefaultSampler(dataset, seed=5, shuffle=shuffle)
    for epoch in (0, 3):
        ours.set_epoch(epoch)
        theirs.set_epoch(epoch)
        assert [key.index for key in ours] == list(theirs)
        assert {(key.seed, key.epoch) for key in ours} == {(5, epoch)}


def test_an_iteration_keeps_the_epoch_it_began_with():
    sampler = build(Keyed(range(7)), seed=0)
    keys = iter(sampler)
    sampler.set_epoch(1)
    assert {key.epoch for key in keys} == {0}


def test_a_data_set_that_takes_no_keys_is_refused():
    with pytest.raises(ValueError, match='DefaultSampler'):
        build(list(range(7)))
