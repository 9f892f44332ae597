"""The faults of fire717's accuracy are there, each by hand."""

import math

import numpy as np
import pytest

from mmpose_lightkpt.functional.legacy_accuracy import fire717_hits
from mmpose_lightkpt.functional.pck import pixel_hits

RADIUS = math.sqrt(5 / 192)


def hit(pred, score=1.0, visible=1):
    """Of one joint whose truth is the middle of the crop."""
    got = fire717_hits(
        np.array([[pred]]),
        np.array([[score]]),
        np.full((1, 1, 2), 0.5),
        np.array([[visible]]),
    )
    return bool(got[0, 0])


@pytest.mark.parametrize('angle', [0.0, 0.7, 2.5])
def test_the_radius_is_the_root_of_the_bound(angle):
    """0.161 of the crop: 31 px of 192, where 5 were meant."""
    pixels = 192 * RADIUS
    assert pixels == pytest.approx(30.98, abs=0.01)
    way = np.array([math.cos(angle), math.sin(angle)])
    assert hit(0.5 + 0.999 * RADIUS * way)
    assert not hit(0.5 + 1.001 * RADIUS * way)


@pytest.mark.parametrize(
    'score, visible, right',
    [(0.09, 1, False), (0.1, 1, True), (0.09, 0, True), (0.1, 0, False)],
)
def test_a_joint_without_a_label_is_right_where_none_is_seen(
    score, visible, right
):
    assert hit([0.5, 0.5], score, visible) == right


def test_it_can_rank_two_models_the_wrong_way_round():
    """One model is exact on 6 of 10 joints and far off on the others, one is
    20 px of 192 off on all: no joint within 5 px of 160."""
    gt = np.full((1, 10, 2), 0.5)
    exact, vague = gt.copy(), gt + [20 / 192, 0]
    exact[0, 6:, 0] += 0.3
    ones = np.ones((1, 10))
    legacy = [
        fire717_hits(pred, ones, gt, ones).mean() for pred in (exact, vague)
    ]
    pck = [pixel_hits(pred, gt, np.ones(1)).mean() for pred in (exact, vague)]
    assert legacy == [0.6, 1.0] and pck == [0.6, 0.0]
