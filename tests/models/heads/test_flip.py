"""The flip test that all heads share."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.structures import InstanceData  # noqa: E402

from mmpose_lightkpt.models.heads.flip import average_flipped  # noqa: E402

pytestmark = pytest.mark.mmpose
SWAP, WIDTH = [0, 2, 1], 11


def people(keypoints, scores):
    return InstanceData(
        keypoints=np.array([keypoints], np.float32),
        keypoint_scores=np.array([scores], np.float32),
    )


def test_a_network_right_about_both_views_keeps_its_answer():
    pred = people([[3, 1], [10, 2], [0.25, 4]], [0.5, 0.25, 1])
    mirror = people([[7, 1], [9.75, 4], [0, 2]], [0.5, 1, 0.25])
    (got,) = average_flipped([pred], [mirror], SWAP, WIDTH)
    assert got.keypoints.tolist() == [[[3, 1], [10, 2], [0.25, 4]]]
    assert got.keypoint_scores.tolist() == [[0.5, 0.25, 1]]
    assert got.keypoints.dtype == np.float32


def test_points_and_scores_of_the_views_are_averaged():
    pred = people([[3, 1], [10, 2], [0, 4]], [0.5, 0.25, 1])
    mirror = people([[5, 3], [10, 4], [2, 2]], [0, 0.5, 0.75])
    (got,) = average_flipped([pred], [mirror], SWAP, WIDTH)
    # Back from the mirror: (5, 3), (8, 2), (0, 4) with 0, 0.75, 0.5.
    assert got.keypoints.tolist() == [[[4, 2], [9, 2], [0, 4]]]
    assert got.keypoint_scores.tolist() == [[0.25, 0.5, 0.75]]


def test_a_missing_mirror_image_is_named():
    pred = people([[0, 0]], [1])
    with pytest.raises(ValueError, match='2 images, but 1 mirror'):
        average_flipped([pred, pred], [pred], [0], WIDTH)
