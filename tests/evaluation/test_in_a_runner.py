"""The metrics in MMEngine's own validation loop, with a real model."""

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.runner import Runner  # noqa: E402

from mmpose_lightkpt.evaluation.publish import details_of  # noqa: E402

pytestmark = pytest.mark.mmpose


@pytest.fixture
def runner(draw_people, tmp_path):
    """A network with random weights before five drawn people."""
    codec = dict(type='MoveNetLabel', input_size=(96, 64), stride=4)
    crop = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='TopdownAffine', input_size=(96, 64)),
        dict(type='PackPoseInputs'),
    ]
    return Runner(
        model=dict(
            type='TopdownPoseEstimator',
            data_preprocessor=dict(type='PoseDataPreprocessor'),
            backbone=dict(type='LightShuffleNetV2', arch='0.75'),
            neck=dict(
                type='LightFPN',
                in_channels=(64, 128, 192),
                widths=(8, 8),
                out_channels=8,
            ),
            head=dict(
                type='MoveNetHead',
                in_channels=8,
                num_keypoints=17,
                decoder=codec,
            ),
        ),
        work_dir=str(tmp_path / 'work'),
        val_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                type='PeopleDataset',
                data_root=str(draw_people([2, 1, 2])),
                ann_file='annotations/train.json',
                data_prefix=dict(img='images/'),
                test_mode=True,
                pipeline=crop,
            ),
        ),
        val_cfg=dict(),
        val_evaluator=[
            dict(type='PixelPCK', threshold=30.0, per_joint=True),
            dict(type='TorsoPCK', torso=(5, 12), threshold=1.0, groups=True),
            dict(type='MeanOKS'),
            dict(
                type='ScoreCalibration',
                rule=dict(type='PixelPCK', threshold=30.0),
                num_bins=1,
            ),
        ],
        default_scope='mmpose',
        randomness=dict(seed=0),
        experiment_name=tmp_path.name,
    )


def test_the_figures_are_those_of_the_models_own_predictions(runner):
    metrics = runner.val()
    hits, wholes, parts, scores, similar = [], [], [], [], []
    sigmas = runner.val_dataloader.dataset.metainfo['sigmas']
    for data in runner.val_dataloader:
        for sample in runner.model.val_step(data):
            truth = sample.gt_instances
            pred = sample.pred_instances.keypoints[0]
            error = np.linalg.norm(pred - truth.keypoints[0], axis=-1)
            hits.append(error * 160 / max(sample.input_scale) < 30)
            torso = truth.keypoints[0, 5] - truth.keypoints[0, 12]
            wholes.append(error <= np.linalg.norm(torso))
            parts.append(truth.keypoints_visible[0] > 0)
            scores.append(sample.pred_instances.keypoint_scores[0])
            unit = 8 * sample.raw_ann_info['area'] * sigmas**2
            similar.append(np.exp(-(error**2) / unit))
    assert len(hits) == 5 and np.all(parts)
    assert 0 < np.mean(hits) < 1 and 0 < np.mean(wholes) < 1
    assert metrics['PixelPCK'] == pytest.approx(np.mean(hits))
    assert metrics['PixelPCK/nose'] == pytest.approx(np.mean(hits, axis=0)[0])
    assert metrics['TorsoPCK/mean17'] == pytest.approx(np.mean(wholes))
    elbows = np.mean(wholes, axis=0)[[7, 8]].mean()
    assert metrics['TorsoPCK/group/elbow'] == pytest.approx(elbows)
    assert metrics['MeanOKS'] == pytest.approx(np.mean(similar))
    gap = abs(np.mean(scores) - np.mean(hits))
    assert metrics['calibration/ECE'] == pytest.approx(gap, abs=1e-6)
    details = details_of(runner.val_loop.evaluator)
    assert details['calibration']['counts'] == [5 * 17]
    assert details['joint_groups']['elbow'] == ['left_elbow', 'right_elbow']
