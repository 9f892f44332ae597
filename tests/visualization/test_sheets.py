"""Sheets are drawn from a config and written whole or not at all."""

import cv2
import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.config import Config  # noqa: E402
from mmpose.registry import DATASETS  # noqa: E402

from mmpose_lightkpt.visualization import (  # noqa: E402
    prediction_sheet,
    target_sheet,
)
from mmpose_lightkpt.visualization.prediction_sheet import (  # noqa: E402
    Prediction,
    draw_prediction,
    to_crop,
)
from mmpose_lightkpt.visualization.target_sheet import (  # noqa: E402
    run_pipeline,
)

pytestmark = pytest.mark.mmpose
SIZE = (96, 64)


@pytest.fixture
def config(draw_people):
    """A small MoveNet on five drawn people of three images."""
    codec = dict(type='MoveNetLabel', input_size=SIZE, stride=4)
    load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
    affine = dict(type='TopdownAffine', input_size=SIZE)
    pack = dict(type='PackPoseInputs')
    train = load + [
        dict(type='RandomFlip', direction='horizontal', prob=1.0),
        dict(type='RandomBBoxTransform'),
        affine,
        dict(type='PeopleInCrop'),
        dict(type='GenerateTarget', encoder=codec),
        pack,
    ]
    dataset = dict(
        type='PeopleDataset',
        data_root=str(draw_people([2, 1, 2])),
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/'),
    )
    return Config(
        dict(
            default_scope='mmpose',
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
            train_dataloader=dict(dataset=dict(dataset, pipeline=train)),
            val_dataloader=dict(
                dataset=dict(
                    dataset, test_mode=True, pipeline=load + [affine, pack]
                )
            ),
            test_dataloader=dict(
                dataset=dict(
                    dataset, test_mode=True, pipeline=load + [affine, pack]
                )
            ),
        )
    )


def test_a_target_sheet_has_a_row_for_each_sample(config, tmp_path):
    sheets = {}
    for num in (1, 3, 99):
        out = target_sheet(config, tmp_path / f'{num}.png', num, side=64)
        sheets[num] = cv2.imread(str(out)).shape
    assert sheets[1][1] == sheets[3][1] == sheets[99][1]
    one = (sheets[3][0] - sheets[1][0]) / 2
    assert sheets[99][0] == sheets[1][0] + 4 * one  # there are five people


def test_the_same_seed_draws_the_same_augmentation(config):
    dataset = DATASETS.build(config.train_dataloader.dataset)
    first, second, other = (
        run_pipeline(dataset, 1, seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.results['img'], second.results['img'])
    assert (first.results['img'] != other.results['img']).any()


def test_the_photograph_is_shown_as_it_was_before_the_flip(config):
    dataset = DATASETS.build(config.train_dataloader.dataset)
    sample = run_pipeline(dataset, 0, 0)
    info = dataset.get_data_info(0)
    np.testing.assert_array_equal(sample.photo, cv2.imread(info['img_path']))
    np.testing.assert_array_equal(sample.keypoints, info['keypoints'][0])


def test_a_pipeline_without_targets_is_refused(config, tmp_path):
    config.train_dataloader.dataset.pipeline.pop(-2)
    with pytest.raises(ValueError, match='needs GenerateTarget'):
        target_sheet(config, tmp_path / 'a.png')
    assert not (tmp_path / 'a.png').exists()


def test_the_number_of_samples_must_be_positive(config, tmp_path):
    with pytest.raises(ValueError, match='at least 1, got 0'):
        target_sheet(config, tmp_path / 'a.png', num=0)
    with pytest.raises(ValueError, match='at least 1, got -1'):
        prediction_sheet(config, None, tmp_path / 'a.png', num=-1)


def test_a_prediction_sheet_has_a_cell_for_each_crop(config, tmp_path):
    out = prediction_sheet(config, None, tmp_path / 'p.png', 4, columns=2)
    height, width = cv2.imread(str(out)).shape[:2]
    assert 2 * 256 < width < 2 * 256 + 20
    assert height > 2 * 256 * 64 / 96


def test_image_pixels_come_back_to_the_crop():
    meta = dict(
        input_center=np.array([50.0, 40.0]),
        input_scale=np.array([60.0, 40.0]),
        input_size=(96, 64),
    )
    points = np.array([[20.0, 20.0], [50.0, 40.0], [80.0, 60.0]])
    np.testing.assert_allclose(
        to_crop(points, meta), [[0, 0], [48, 32], [96, 64]]
    )


def test_the_title_is_the_score_of_the_crop():
    """On 80 x 160 px the bound is 5 px; joints without a label are out."""
    gt = np.array([[20.0, 20.0], [40.0, 90.0], [60.0, 140.0]])
    one = Prediction(
        crop=np.zeros((160, 80, 3), np.uint8),
        pred=gt + [[4.9, 0], [0, 5.1], [30, 0]],
        scores=np.array([0.9, 0.5, 0.1]),
        gt=gt,
        visible=np.array([1, 1, 0]),
    )
    picture, title = draw_prediction(one, [(0, 1), (1, 2)], list('abc'))
    assert picture.shape == (256, 128, 3)
    assert title == 'PCK 0.50  score 0.50'
    nothing = one._replace(visible=np.zeros(3))
    assert draw_prediction(nothing, [], list('abc'))[1].startswith('no label')
