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


NAMES = ['right_ankle', 'right_knee', 'right_hip', 'left_hip', 'left_knee']
NAMES += ['left_ankle', 'right_wrist', 'right_elbow', 'right_shoulder']
NAMES += ['left_shoulder', 'left_elbow', 'left_wrist', 'neck', 'head_top']


def grouped(**arguments):
    """A metric that knows LSP's joints by name."""
    metric = TorsoPCK(groups=True, **arguments)
    metric.dataset_meta = dict(keypoint_id2name=dict(enumerate(NAMES)))
    return metric


def test_groups_are_means_over_left_and_right():
    gt = person(5)
    pred = gt.copy()
    pred[[0, 5, 10, 13]] += 99  # both ankles, left elbow, top of the head
    metric = grouped()
    metrics = evaluate(metric, sample(pred, gt), sample(gt, gt))
    # Two persons at 12/14 -+ 2/14: each is 2/14 away, over N = 2.
    assert metric.details['standard_error'] == {
        'TorsoPCK/mean14': pytest.approx(2 / 14 / np.sqrt(2), abs=1e-6)
    }
    assert metrics == {
        'TorsoPCK/mean14': pytest.approx(12 / 14),
        'TorsoPCK/group/head': 0.75,
        'TorsoPCK/group/shoulder': 1.0,
        'TorsoPCK/group/elbow': 0.75,
        'TorsoPCK/group/wrist': 1.0,
        'TorsoPCK/group/hip': 1.0,
        'TorsoPCK/group/knee': 1.0,
        'TorsoPCK/group/ankle': 0.5,
    }
    assert next(iter(metrics)) == 'TorsoPCK/mean14'
    members = metric.details['joint_groups']
    assert members['head'] == ['neck', 'head_top']
    assert members['ankle'] == ['right_ankle', 'left_ankle']


def test_groups_hold_the_joints_that_the_mean_goes_over():
    gt = person(6)
    pred = gt.copy()
    pred[12:] += 99
    metrics = evaluate(grouped(joints=range(12)), sample(pred, gt))
    assert 'TorsoPCK/group/head' not in metrics
    metric = grouped(joints=[13, 2, 3, 0])
    metrics = evaluate(metric, sample(pred, gt))
    members = metric.details['joint_groups']
    assert members == dict(
        head=['head_top'], hip=['right_hip', 'left_hip'], ankle=['right_ankle']
    )
    assert metrics['TorsoPCK/mean4'] == pytest.approx(
        sum(
            len(joints) / 4 * metrics[f'TorsoPCK/group/{group}']
            for group, joints in members.items()
        )
    )


def test_groups_need_names():
    gt = person(7)
    with pytest.raises(ValueError, match='groups=True needs the names'):
        evaluate(TorsoPCK(groups=True), sample(gt, gt))


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
