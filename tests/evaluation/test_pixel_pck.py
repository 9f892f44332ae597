"""PixelPCK on data samples as MMPose's estimators return them."""

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmpose_lightkpt.evaluation import PixelPCK  # noqa: E402

pytestmark = pytest.mark.mmpose


def sample(pred, gt, visible, scale=(120.0, 160.0), image='a.jpg'):
    """One person in the form of ``PoseDataSample.to_dict()``."""
    return dict(
        id=7,
        img_path=image,
        input_scale=np.array(scale),
        pred_instances=dict(keypoints=np.array([pred], dtype=float)),
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


NEAR, FAR, TRUE = (4.9, 0.0), (0.0, 5.0), (0.0, 0.0)


def test_joints_are_pooled_over_persons_and_not_averaged_per_joint():
    # 1 of 3 right on the first person, 1 of 1 on the second: 2 of 4.
    metrics = evaluate(
        PixelPCK(),
        sample([NEAR, FAR, FAR], [TRUE] * 3, [1, 1, 1]),
        sample([NEAR, NEAR, NEAR], [TRUE] * 3, [1, 0, 0]),
    )
    assert metrics == {'PixelPCK': 0.5}


def test_the_longer_side_of_the_crop_is_the_unit():
    # The crop is 320 high: 9.9 px are 4.95 of 160; 9.9 of 120 would be 13.
    metrics = evaluate(
        PixelPCK(), sample([(9.9, 0.0)], [TRUE], [1], scale=(120.0, 320.0))
    )
    assert metrics == {'PixelPCK': 1.0}


def test_the_padding_of_the_last_distributed_batch_is_dropped():
    metric = PixelPCK()
    metric.process([{}], [sample([NEAR], [TRUE], [1])] * 1)
    metric.process([{}], [sample([FAR], [TRUE], [1])])
    assert metric.evaluate(1) == {'PixelPCK': 1.0}


def test_each_joint_has_its_key_under_the_name_of_the_dataset():
    metric = PixelPCK(per_joint=True)
    metric.dataset_meta = dict(keypoint_id2name={0: 'nose', 1: 'eye', 2: 'x'})
    metrics = evaluate(metric, sample([NEAR, FAR, FAR], [TRUE] * 3, [1, 1, 0]))
    assert metrics == {
        'PixelPCK': 0.5,
        'PixelPCK/nose': 1.0,
        'PixelPCK/eye': 0.0,
    }
    assert next(iter(metrics)) == 'PixelPCK'  # save_best='auto' takes it


def test_threshold_and_reference_can_be_chosen():
    one = sample([FAR], [TRUE], [1])
    assert evaluate(PixelPCK(threshold=5.1), one) == {'PixelPCK': 1.0}
    assert evaluate(PixelPCK(reference=159), one) == {'PixelPCK': 1.0}
    assert evaluate(PixelPCK(prefix='val'), one) == {'val/PixelPCK': 0.0}


def test_visibility_with_weights_reads_the_visibility():
    one = sample([NEAR, FAR], [TRUE] * 2, [[1, 0.3], [0, 1.0]])
    assert evaluate(PixelPCK(), one) == {'PixelPCK': 1.0}


def test_a_prediction_of_nan_is_an_error_that_names_the_image():
    bad = sample([(np.nan, 0.0)], [TRUE], [1], image='photo.jpg')
    with pytest.raises(ValueError, match=r'photo.jpg \(annotation 7\).*NaN'):
        PixelPCK().process([{}], [bad])


def test_bad_samples_are_named():
    good = sample([NEAR, NEAR], [TRUE] * 2, [1, 1])
    for change, message in [
        (dict(input_scale=None), 'no input_scale'),
        (dict(pred_instances={}), 'no pred_instances.keypoints'),
        (
            dict(pred_instances=dict(keypoints=np.zeros((3, 2, 2)))),
            r'predictions \(3, 2, 2\)',
        ),
    ]:
        with pytest.raises(ValueError, match=f'a.jpg.*{message}'):
            PixelPCK().process([{}], [dict(good, **change)])


def test_a_set_without_any_label_is_an_error():
    with pytest.raises(ValueError, match='none of the 1 evaluated samples'):
        evaluate(PixelPCK(), sample([NEAR], [TRUE], [0]))
    with pytest.raises(ValueError, match='none of the 0 evaluated samples'):
        PixelPCK().evaluate(0)


def test_thresholds_must_be_positive():
    with pytest.raises(ValueError, match='positive numbers of pixels'):
        PixelPCK(threshold=0)
