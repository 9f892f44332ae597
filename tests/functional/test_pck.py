"""PCK against sums done by hand."""

import numpy as np
import pytest

from mmpose_lightkpt.functional import pck


@pytest.fixture
def people():
    """Seven persons with five joints: predictions, truth, labels, sides."""
    rng = np.random.default_rng(3)
    gt = rng.uniform(0, 200, (7, 5, 2))
    pred = gt + rng.normal(0, 8, gt.shape)
    return pred, gt, rng.integers(0, 3, (7, 5)), rng.uniform(60, 400, 7)


def test_the_error_is_measured_in_pixels_of_the_reference_crop():
    # A crop of 320 px is halved, so 9.9 px become 4.95 and 10 px become 5.
    gt = np.zeros((1, 3, 2))
    pred = np.array([[[0, 9.9], [10.0, 0.0], [-6.0, 8.0]]])
    hits = pck.pixel_hits(pred, gt, side=np.array([320.0]))
    assert hits.tolist() == [[True, False, False]]


def test_the_distance_is_not_squared():
    # 3 px in a crop of 160 is well within 5; its square, 9, is not.
    pred = np.array([[[3.0, 0.0]]])
    assert pck.pixel_hits(pred, np.zeros((1, 1, 2)), [160.0]).all()


def test_pixel_pck_agrees_with_a_loop(people):
    pred, gt, visible, side = people
    right = total = 0
    for n in range(7):
        for k in range(5):
            if visible[n, k] > 0:
                error = sum((pred[n, k] - gt[n, k]) ** 2) ** 0.5
                right += error * 160 / side[n] < 5
                total += 1
    assert 0 < right < total
    assert pck.pixel_pck(pred, gt, visible, side) == right / total


def test_scaling_the_picture_changes_nothing(people):
    pred, gt, visible, side = people
    assert pck.pixel_pck(pred * 3, gt * 3, visible, side * 3) == pck.pixel_pck(
        pred, gt, visible, side
    )


def test_an_unlabelled_joint_counts_for_nothing(people):
    pred, gt, visible, side = people
    wild = pred.copy()
    wild[visible == 0] = 1e6
    wild[0][visible[0] == 0] = np.nan
    assert pck.pixel_pck(wild, gt, visible, side) == pck.pixel_pck(
        pred, gt, visible, side
    )


def test_a_joint_at_exactly_the_share_of_the_torso_is_right():
    # The torso is 3-4-5: 50 px, of which a fifth is 10.
    gt = np.array([[[0.0, 0.0], [30.0, 40.0], [7.0, 7.0]]])
    pred = gt + np.array([[[10.0, 0.0], [0.0, 10.01], [6.0, 8.0]]])
    hits = pck.torso_hits(pred, gt, torso=(0, 1))
    assert hits.tolist() == [[True, False, True]]


def test_torso_pck_is_a_mean_of_joints_and_not_of_occurrences():
    # Joint 2 is labelled once and hit, joints 0 and 1 twice and hit once.
    gt = np.tile(np.array([[0.0, 0.0], [30.0, 40.0], [9.0, 9.0]]), (2, 1, 1))
    pred = gt.copy()
    pred[1] += 100
    visible = np.array([[1, 1, 1], [1, 1, 0]])
    assert pck.torso_pck(pred, gt, visible, (0, 1)) == pytest.approx(
        (0.5 + 0.5 + 1) / 3
    )
    assert pck.torso_pck(pred, gt, visible, (0, 1), joints=[0, 1]) == 0.5


def test_a_joint_that_nobody_labelled_has_no_share():
    hits = np.ones((2, 3), dtype=bool)
    shares = pck.per_joint(hits, np.array([[1, 0, 1], [2, 0, 0]]))
    np.testing.assert_array_equal(shares, [1, np.nan, 1])
    assert np.isnan(pck.pooled(hits, np.zeros((2, 3))))


def test_different_shapes_and_empty_crops_are_refused(people):
    pred, gt, _, side = people
    with pytest.raises(ValueError, match=r'\(7, 4, 2\) and \(7, 5, 2\)'):
        pck.pixel_hits(pred[:, :4], gt, side)
    with pytest.raises(ValueError, match='must be positive, got 0'):
        pck.pixel_hits(pred, gt, side * 0)


def test_the_standard_error_of_whole_persons_is_that_of_their_mean():
    # All joints of a person alike: N draws of one bit, p (1 - p) / N.
    hits = np.repeat(np.arange(50) < 10, 4).reshape(50, 4)
    error = pck.standard_error(hits, np.ones((50, 4)))
    assert error == pytest.approx(np.sqrt(0.2 * 0.8 / 50))


def test_the_standard_error_agrees_with_drawing_persons_anew():
    rng = np.random.default_rng(5)
    skill = rng.uniform(0, 1, (400, 1))
    hits = rng.uniform(0, 1, (400, 5)) < skill
    visible = rng.uniform(0, 1, (400, 5)) < (0.9, 0.3, 0.6, 1.0, 0.5)
    means = [
        pck.per_joint(hits[drawn], visible[drawn]).mean()
        for drawn in rng.integers(0, 400, (2000, 400))
    ]
    # 2000 draws know a standard deviation to 1.6 %.
    error = pck.standard_error(hits, visible)
    assert error == pytest.approx(np.std(means), rel=0.06)


def test_the_standard_error_counts_no_unlabelled_joint(people):
    pred, gt, visible, side = people
    visible[0] = 1
    hits = pck.pixel_hits(pred, gt, side)
    other = np.where(visible > 0, hits, ~hits)
    error = pck.standard_error(hits, visible)
    assert error == pck.standard_error(other, visible)
    assert np.isnan(pck.standard_error(hits, visible * [1, 1, 0, 1, 1]))
