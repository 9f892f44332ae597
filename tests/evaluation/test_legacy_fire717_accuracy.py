"""The legacy accuracy on data samples as MMPose's estimators return them."""

import math

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose_lightkpt.evaluation import (  # noqa: E402
    LegacyFire717Accuracy,
    PixelPCK,
)

pytestmark = pytest.mark.mmpose
TRUE = (130.0, 70.0)
RADIUS = 200 * math.sqrt(5 / 192)


def sample(pred, visible=(1,), scores=(1.0,), **changes):
    """One person in a crop of 200 px about (100, 50)."""
    found = dict(
        id=7,
        img_path='a.jpg',
        input_center=np.array([100.0, 50.0]),
        input_scale=np.array([200.0, 200.0]),
        pred_instances=dict(
            keypoints=np.array([pred], float),
            keypoint_scores=np.array([scores], float),
        ),
        gt_instances=dict(
            keypoints=np.array([[TRUE] * len(pred)], float),
            keypoints_visible=np.array([visible], float),
        ),
    )
    return dict(found, **changes)


def evaluate(metric, *samples):
    for one in samples:
        metric.process([{}], [one])
    return metric.evaluate(len(samples))


def test_it_forgives_six_times_the_distance_that_was_meant():
    """At 0.99 of the radius, 32 of 200 px; 5 of 160 are 6.25 of 200."""
    near = sample([(TRUE[0] + 0.99 * RADIUS, TRUE[1])])
    far = sample([(TRUE[0] + 1.01 * RADIUS, TRUE[1])])
    got = evaluate(LegacyFire717Accuracy(), near, far)
    assert got == {'LegacyFire717Accuracy': 0.5}
    assert evaluate(PixelPCK(), near, far) == {'PixelPCK': 0.0}


def test_joints_without_a_label_count():
    """Unseen is right and seen is wrong; PCK knows of neither."""
    one = sample([TRUE] * 3, (1, 0, 0), (1.0, 0.05, 0.9))
    got = evaluate(LegacyFire717Accuracy(), one)
    assert got['LegacyFire717Accuracy'] == pytest.approx(2 / 3)
    assert evaluate(PixelPCK(), one) == {'PixelPCK': 1.0}


@pytest.mark.parametrize(
    'change',
    [
        dict(input_center=None),
        dict(input_scale=None),
        dict(pred_instances=dict(keypoints=np.zeros((1, 1, 2)))),
    ],
)
def test_what_a_sample_lacks_is_named(change):
    with pytest.raises(ValueError, match='a.jpg.*has no keypoint_scores'):
        evaluate(LegacyFire717Accuracy(), sample([TRUE], **change))
