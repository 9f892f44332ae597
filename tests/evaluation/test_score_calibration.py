"""ScoreCalibration on samples whose hits are known."""

import json

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose_lightkpt.evaluation import ScoreCalibration  # noqa: E402

pytestmark = pytest.mark.mmpose

RIGHT, WRONG = (4.9, 0.0), (5.1, 0.0)  # in pixels of a crop of 160


def sample(pred, scores, visible=None, gt=None):
    """One person in the form of ``PoseDataSample.to_dict()``."""
    visible = np.ones(len(pred)) if visible is None else visible
    gt = np.zeros((len(pred), 2)) if gt is None else gt
    return dict(
        id=7,
        img_path='photo.jpg',
        input_scale=np.array([120.0, 160.0]),
        pred_instances=dict(
            keypoints=np.array([pred], dtype=float),
            keypoint_scores=np.array([scores], dtype=np.float32),
        ),
        gt_instances=dict(
            keypoints=np.array([gt], dtype=float),
            keypoints_visible=np.array([visible], dtype=float),
        ),
    )


def evaluate(metric, *samples):
    """Run the metric over batches of one."""
    for one in samples:
        metric.process([{}], [one])
    return metric.evaluate(len(samples))


def test_joints_of_all_persons_are_pooled_into_bins():
    metric = ScoreCalibration(num_bins=2)
    metrics = evaluate(
        metric,
        sample([RIGHT, WRONG], [0.75, 0.25]),
        sample([RIGHT, WRONG], [1.0, 0.75]),
    )
    # Above 1/2: mean 5/6, right 2/3, three of four; below: 1/4 and 0.
    assert metrics == {
        'calibration/ECE': pytest.approx(3 / 4 / 6 + 1 / 4 / 4),
        'calibration/AUC': pytest.approx(3.5 / 4),
    }
    assert metric.details['calibration'] == dict(
        rule='PixelPCK',
        threshold=5.0,
        clipped=0,
        edges=[0.0, 0.5, 1.0],
        counts=[1, 3],
        scores=[0.25, 0.833333],
        shares=[0.0, 0.666667],
    )


def test_an_unlabelled_joint_counts_for_nothing():
    one = sample([WRONG, RIGHT, WRONG], [0.9, 0.9, 0.2], [0, 1, 1])
    same = sample([RIGHT, WRONG], [0.9, 0.2])
    assert evaluate(ScoreCalibration(), one) == evaluate(
        ScoreCalibration(), same
    )
    one['pred_instances']['keypoint_scores'][0, 0] = np.nan
    evaluate(ScoreCalibration(), one)


def test_the_rule_is_another_metrics_with_its_arguments():
    # The torso is 50 px; 0.2 of it are 10 px, 0.1 are 5.
    gt = np.array([(0.0, 0.0), (30.0, 40.0)])
    one = sample(gt + [(4.9, 0.0), (9.9, 0.0)], [1.0, 1.0], gt=gt)
    for threshold, error in ((0.2, 0.0), (0.1, 0.5), (0.05, 1.0)):
        rule = dict(type='TorsoPCK', torso=(0, 1), threshold=threshold)
        metric = ScoreCalibration(rule=rule)
        assert evaluate(metric, one)['calibration/ECE'] == error
        assert metric.details['calibration']['rule'] == 'TorsoPCK'
        assert metric.details['calibration']['threshold'] == threshold


def test_persons_that_the_rule_leaves_out_are_left_out():
    gt = np.array([(0.0, 0.0), (30.0, 40.0), (9.0, 9.0)])
    rule = dict(type='TorsoPCK', torso=(0, 1))
    good = sample(gt + 3, [0.8, 0.8, 0.8], gt=gt)
    bad = sample(gt + 99, [0.8, 0.8, 0.8], [1, 0, 1], gt=gt)
    metric = ScoreCalibration(rule=rule)
    metrics = evaluate(metric, good, bad)
    assert metrics == {'calibration/ECE': pytest.approx(0.2, abs=1e-6)}
    assert sum(metric.details['calibration']['counts']) == 3


def test_without_right_and_wrong_there_is_no_ranking():
    metrics = evaluate(ScoreCalibration(), sample([RIGHT], [1.0]))
    assert metrics == {'calibration/ECE': 0.0}


def test_scores_beyond_the_unit_interval_are_clipped_and_counted():
    metric = ScoreCalibration()
    one = sample([RIGHT, WRONG, WRONG], [1.25, -0.5, 1.0])
    assert evaluate(metric, one)['calibration/ECE'] == pytest.approx(1 / 3)
    assert metric.details['calibration']['clipped'] == 2


def test_the_details_are_json():
    metric = ScoreCalibration()
    evaluate(metric, sample([RIGHT, WRONG], [0.9, 0.3]))
    text = json.dumps(metric.details, allow_nan=False)
    assert json.loads(text) == metric.details
    assert metric.details['calibration']['scores'][0] is None


def test_bad_samples_are_named():
    one = sample([RIGHT, WRONG], [0.9, np.nan])
    with pytest.raises(ValueError, match=r'photo.jpg \(annotation 7\).*NaN'):
        evaluate(ScoreCalibration(), one)
    one = sample([RIGHT, WRONG], [0.9])
    with pytest.raises(ValueError, match=r'photo.jpg.*\(1, 1\).*\(1, 2\)'):
        evaluate(ScoreCalibration(), one)
    del one['pred_instances']['keypoint_scores']
    with pytest.raises(ValueError, match='photo.jpg.*keypoint_scores'):
        evaluate(ScoreCalibration(), one)


@pytest.mark.parametrize(
    'bad, message',
    [
        (dict(num_bins=0), 'num_bins must be at least 1'),
        (dict(rule='MeanOKS'), 'PixelPCK, TorsoPCK.*got MeanOKS'),
        (dict(rule='PCKAccuracy'), 'PixelPCK, TorsoPCK.*got PCKAccuracy'),
        (dict(rule=dict(type='PixelPCK', threshold=-1)), 'positive'),
    ],
)
def test_bad_arguments_are_refused_at_once(bad, message):
    with pytest.raises(ValueError, match=message):
        ScoreCalibration(**bad)
