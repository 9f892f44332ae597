"""A margin is what it takes to change an answer."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.movenet_multi import decode, decode_people
from mmpose_lightkpt.functional.movenet_multi_margins import decode_margins

H, W, K = 13, 17, 3


def maps(num=1, seed=0):
    """Two clear people, at (4, 6) and (12, 6), whose boxes hold all."""
    rng = np.random.default_rng(seed)
    center = np.zeros((num, 1, H, W))
    center[:, 0, 6, 4], center[:, 0, 6, 12] = 0.75, 0.5
    made = (
        center,
        rng.random((num, K, H, W)),
        rng.normal(0, 2, (num, 2 * K, H, W)),
        np.zeros((num, 2 * K, H, W)),
        np.zeros((num, 2, H, W)),
        np.full((num, 2, H, W), 99.0),
    )
    return [m.astype(np.float32) for m in made]


def test_slots_of_nobody_are_zero_and_of_people_positive():
    margins = decode_margins(*maps(2))
    assert margins.shape == (2, 6, K)
    assert (margins[:, :2] > 0).all() and not margins[:, 2:].any()


@pytest.mark.parametrize('seed', range(5))
def test_noise_below_half_a_margin_moves_no_joint(seed):
    rng, arrays = np.random.default_rng(seed), maps(1, seed)
    margins = decode_margins(*arrays)[0, :2]
    keypoints, _ = decode(*arrays)
    least = margins.min() / 2
    changed = list(arrays)
    for i in (0, 1):
        noise = rng.uniform(-least, least, arrays[i].shape)
        changed[i] = (arrays[i] + 0.99 * noise).astype(np.float32)
    np.testing.assert_array_equal(decode(*changed)[0], keypoints)


def test_a_joints_margin_is_over_its_second():
    """Expected at the cell itself, at distance 1 the weight is exp(-1 / d)."""
    arrays = maps()
    arrays[2][:] = 0
    arrays[1][:] = 0
    arrays[1][0, 0, 6, 4], arrays[1][0, 0, 6, 5] = 0.5, 0.25
    margin = decode_margins(*arrays)[0, 0, 0]
    second = 0.25 * np.exp(-1 / (0.3 * H))
    assert margin == pytest.approx(min(0.5 - second, 0.75 - 0.1), rel=1e-5)


@pytest.mark.parametrize(
    'rules, cell, value, margin',
    [
        ({}, (0, 0), 0.0, 0.4),  # over 0.1, below which is nobody
        ({}, (7, 13), 0.375, 0.125),  # over its window's second
        (dict(max_people=2), (0, 0), 0.25, 0.25),  # over who has no slot
    ],
)
def test_a_persons_margin_bounds_its_joints(rules, cell, value, margin):
    arrays = maps()
    arrays[1][:] = 0
    arrays[2][:] = 0
    arrays[1][0, :, 6, 12] = 1  # so clear that the joints never decide
    arrays[0][0, 0][cell] = value
    got = decode_margins(*arrays, **rules)
    np.testing.assert_allclose(got[0, 1], margin, rtol=1e-5)


def test_what_the_edge_of_a_box_decides_has_no_margin():
    arrays = maps()
    arrays[0][0, 0, 6, 12] = 0
    arrays[1][:] = 0.01
    arrays[1][0, :, 6, 8] = 1
    arrays[2][:] = 0
    arrays[5][:] = 2 * 4.02  # the right edge at 4 + 4.02: cell 8 is just in
    (people,) = decode_people(*arrays, stride=(1, 1))
    assert (people.keypoints[0] == [8, 6]).all()
    assert not decode_margins(*arrays)[0, 0].any()
    arrays[5][:] = 2 * 3.98  # just out
    assert not decode_margins(*arrays)[0, 0].any()
    arrays[5][:] = 2 * 4.4
    assert (decode_margins(*arrays)[0, 0] > 0).all()
