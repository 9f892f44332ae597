import random

import numpy as np
import pytest
import torch

from mmpose_lightkpt.datasets.seeding import SampleKey, seeded

KEY = SampleKey(seed=5, epoch=3, index=11)


def draw():
    numpy_draw = np.random.rand()  # noqa: NPY002
    return (numpy_draw, random.random(), torch.rand(()).item())


def draw_with(key):
    with seeded(key):
        return draw()


def test_the_same_key_draws_the_same():
    first = draw_with(KEY)
    draw()
    assert draw_with(KEY) == first


@pytest.mark.parametrize('field', SampleKey._fields)
def test_every_part_of_the_key_matters(field):
    other = KEY._replace(**{field: getattr(KEY, field) + 1})
    pairs = zip(draw_with(KEY), draw_with(other))
    assert all(one != another for one, another in pairs)


def test_epoch_and_index_are_not_interchangeable():
    assert draw_with(SampleKey(0, 3, 4)) != draw_with(SampleKey(0, 4, 3))


def test_the_states_around_are_untouched_even_by_an_error():
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = draw()
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    with pytest.raises(ZeroDivisionError), seeded(KEY):
        draw()
        1 / 0  # noqa: B018
    assert draw() == expected
