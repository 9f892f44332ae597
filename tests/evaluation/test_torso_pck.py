"""TorsoPCK on LSP-like samples."""

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose_lightkpt.evaluation import TorsoPCK  # noqa: E402

pytestmark = pytest.mark.mmpose


def person(seed):
    """Fourteen joints with a torso of 50 px from joint 9 to joint 2."""
    gt = np.random.default_rng(seed).uniform(0, 200, (14, 2))
    gt[2] = gt[9] + [30.0, 40.0]
    return gt


def sample(pred, gt, visible=None):
    """One person in the form of ``PoseDataSample.to_dict()``."""
    visible = np.ones(len(gt)) if visible is None else visible
    return dict(
        img_path='im0001.jpg',
        pred_instances=dict(keypoints=pred[None]),
        gt_instances=dict(
            keypoints=gt[None], keypoints_visible=np.array(visible)[None]
        ),
    )


def evaluate(metric, *samples):
    """Run the metric over batches of one."""
    for one in samples:
        metric.process([{}], [one])
    return metric.evaluate(len(samples))


def test_the_mean_goes_over_joints_and_the_key_says_how_many():
    gt = person(0)
    pred = gt.copy()
    pred[:7, 0] += 9.99
    pred[7:, 1] += 10.01
    assert evaluate(TorsoPCK(), sample(pred, gt)) == {'TorsoPCK/mean14': 0.5}
    twelve = evaluate(TorsoPCK(joints=range(12)), sample(pred, gt))
    assert twelve == {'TorsoPCK/mean12': pytest.approx(7 / 12)}


def test_an_unlabelled_joint_counts_for_nothing():
    gt, visible = person(1), np.ones(14)
    visible[5] = 0
    pred = gt.copy()
    pred[5] += 100
    metrics = evaluate(TorsoPCK(), sample(pred, gt, visible), sample(gt, gt))
    assert metrics == {'TorsoPCK/mean14': 1.0}


def test_a_joint_nobody_labelled_is_named_rather_than_dropped_from_the_mean():
    gt, visible = person(1), np.ones(14)
    visible[5] = 0
    with pytest.raises(ValueError, match='nobody has 5 labelled'):
        evaluate(TorsoPCK(), sample(gt, gt, visible))
    few = evaluate(TorsoPCK(joints=range(4)), sample(gt, gt, visible))
    assert few == {'TorsoPCK/mean4': 1.0}


def test_persons_without_a_torso_are_left_out():
    gt, visible = person(2), np.ones(14)
    visible[9] = 0
    flat = gt.copy()
    flat[2] = flat[9]
    metrics = evaluate(
        TorsoPCK(),
        sample(gt, gt),
        sample(gt + 99, gt, visible),
        sample(flat + 99, flat),
    )
    assert metrics == {'TorsoPCK/mean14': 1.0}
    with pytest.raises(ValueError, match='none of 1 persons'):
        evaluate(TorsoPCK(), sample(gt, gt, visible))


def test_the_torso_can_be_given_in_another_order():
    gt = person(3)
    pred = gt + 9
    assert (
        evaluate(TorsoPCK(torso=(9, 2)), sample(pred, gt))['TorsoPCK/mean14']
        == 0.0
    )  # 12.7 px > 10
    gt[0], gt[1] = (0.0, 0.0), (0.0, 65.0)
    pred = gt + 9
    assert (
        evaluate(TorsoPCK(torso=(0, 1)), sample(pred, gt))['TorsoPCK/mean14']
        == 1.0
    )  # 12.7 px < 13


def test_the_default_indices_are_those_of_our_lsp_metadata():
    from mmpose_lightkpt.datasets.metainfo.lsp import dataset_info

    joints = dataset_info['keypoint_info']
    assert [joints[k]['name'] for k in TorsoPCK().torso] == [
        'left_shoulder',
        'right_hip',
    ]


@pytest.mark.parametrize(
    'bad, message',
    [
        (dict(torso=(9, 9)), 'different joint indices'),
        (dict(torso=(9,)), 'left shoulder and the right hip'),
        (dict(torso=(-1, 2)), 'from 0 up'),
        (dict(joints=[]), 'joints must be'),
        (dict(threshold=0), 'positive share'),
    ],
)
def test_bad_arguments_are_refused_at_once(bad, message):
    with pytest.raises(ValueError, match=message):
        TorsoPCK(**bad)


def test_an_index_beyond_the_joints_is_refused_with_their_number():
    gt = person(4)
    with pytest.raises(ValueError, match='joint 14 was asked for.* has 14'):
        TorsoPCK(joints=[14]).process([{}], [sample(gt, gt)])
