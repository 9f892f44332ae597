"""OKS against COCO's own evaluation."""

import numpy as np
import pytest

from mmpose_lightkpt.functional.oks import oks, sigmas_of

SIGMAS = (
    np.array(
        [
            0.26,
            0.25,
            0.25,
            0.35,
            0.35,
            0.79,
            0.79,
            0.72,
            0.72,
            0.62,
            0.62,
            1.07,
            1.07,
            0.87,
            0.87,
            0.89,
            0.89,
        ]
    )
    / 10
)


def people(num, seed):
    """Persons whose joints lie a few pixels to a whole body apart."""
    rng = np.random.default_rng(seed)
    gt = rng.uniform(0, 90, (num, 17, 2))
    visible = rng.integers(0, 3, (num, 17))
    visible[:, 3] = 2
    return gt, visible, rng.uniform(500, 9000, num)


def test_a_perfect_prediction_scores_one_whatever_the_labels():
    gt, visible, area = people(5, 0)
    assert oks(gt, gt, visible, area, SIGMAS).tolist() == [1.0] * 5


def test_one_joint_follows_the_formula():
    # d = 3, area 100, sigma 0.1: exp(-9 / (2 * 100 * 0.04)) = exp(-1.125)
    value = oks(
        np.array([[3.0, 0.0]]),
        np.zeros((1, 2)),
        np.ones(1),
        np.array(100.0),
        np.array([0.1]),
    )
    assert value == pytest.approx(np.exp(-1.125))


def test_unlabelled_joints_count_for_nothing():
    gt, visible, area = people(5, 1)
    pred = gt + 3
    wild = np.where(visible[..., None] > 0, pred, np.nan)
    np.testing.assert_array_equal(
        oks(wild, gt, visible, area, SIGMAS),
        oks(pred, gt, visible, area, SIGMAS),
    )


def test_nobody_labelled_scores_zero():
    gt, visible, area = people(3, 2)
    assert oks(gt, gt, visible * 0, area, SIGMAS).tolist() == [0.0] * 3


def test_all_pairs_agree_with_coco():
    coco = pytest.importorskip('xtcocotools.coco')
    cocoeval = pytest.importorskip('xtcocotools.cocoeval')
    gt, visible, area = people(5, 3)
    rng = np.random.default_rng(4)
    pred = gt[[2, 0, 4]] + rng.normal(0, 4, (3, 17, 2))
    truth = dict(
        images=[dict(id=1)],
        categories=[dict(id=1, name='person', keypoints=list('k' * 17))],
        annotations=[
            dict(
                id=n + 1,
                image_id=1,
                category_id=1,
                iscrowd=0,
                area=area[n],
                bbox=[0, 0, 90, 90],
                num_keypoints=int((visible[n] > 0).sum()),
                keypoints=np.c_[gt[n], visible[n]].ravel().tolist(),
            )
            for n in range(5)
        ],
    )
    data = coco.COCO()
    data.dataset = truth
    data.createIndex()
    found = data.loadRes(
        [
            dict(
                image_id=1,
                category_id=1,
                score=1 - n / 10,
                keypoints=np.c_[pred[n], np.ones(17)].ravel().tolist(),
            )
            for n in range(3)
        ]
    )
    evaluation = cocoeval.COCOeval(data, found, 'keypoints', SIGMAS, True)
    evaluation.params.imgIds = [1]
    evaluation._prepare()
    np.testing.assert_allclose(
        oks(pred[:, None], gt[None], visible[None], area[None], SIGMAS),
        evaluation.computeOks(1, 1),
        rtol=1e-9,
    )


def test_bad_arguments_are_named():
    gt, visible, area = people(2, 5)
    with pytest.raises(ValueError, match='expected 17 sigmas'):
        oks(gt, gt, visible, area, SIGMAS[:5])
    with pytest.raises(ValueError, match='areas and sigmas'):
        oks(gt, gt, visible, area * 0, SIGMAS)


def test_sigmas_go_by_the_names_of_the_joints():
    names = ['nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear']
    for joint in ['shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle']:
        names += [f'left_{joint}', f'right_{joint}']
    np.testing.assert_allclose(sigmas_of(names), SIGMAS)
    np.testing.assert_allclose(
        sigmas_of(['head_top', 'right_knee', 'neck', 'left_thumb']),
        (0.079, 0.087, 0.079, 0.079),
    )
