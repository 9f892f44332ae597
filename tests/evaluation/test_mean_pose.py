"""The mean-pose baseline on drawn people, against a sum done by hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmengine.config import Config  # noqa: E402

from mmpose_lightkpt.evaluation.mean_pose import (  # noqa: E402
    build_without_images,
    mean_pose,
    mean_pose_baseline,
)

pytestmark = pytest.mark.mmpose


def make_config(root, train='train', val='train', size=(64, 96)):
    """A config that holds what the baseline needs and nothing else."""
    crop = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale', padding=1.25),
        dict(type='TopdownAffine', input_size=size),
    ]
    dataset = dict(
        type='PeopleDataset',
        data_root=str(root),
        data_prefix=dict(img='images/'),
    )

    def loader(name, pipeline, **kwargs):
        file = f'annotations/{name}.json'
        return dict(
            dataset=dict(dataset, ann_file=file, pipeline=pipeline, **kwargs)
        )

    augmented = crop[:2] + [dict(type='RandomBBoxTransform')] + crop[2:]
    return Config(
        dict(
            default_scope='mmpose',
            train_dataloader=loader(train, augmented),
            val_dataloader=loader(
                val, crop + [dict(type='PackPoseInputs')], test_mode=True
            ),
            val_evaluator=[
                dict(type='PixelPCK'),
                dict(
                    type='CocoMetric',
                    score_mode='keypoint',
                    nms_mode='none',
                    ann_file=str(Path(root) / f'annotations/{val}.json'),
                ),
            ],
        )
    )


def by_hand(file, aspect, padding=1.25):
    """Mean pose and its PixelPCK, straight from the annotations."""
    coco = json.loads(Path(file).read_text())
    sizes = {i['id']: (i['width'], i['height']) for i in coco['images']}
    points, visible = [], []
    for person in coco['annotations']:
        joints = np.array(person['keypoints']).reshape(-1, 3)
        if person['iscrowd'] or not (joints[:, 2] > 0).any():
            continue
        (x, y, w, h), (width, height) = (
            person['bbox'],
            sizes[person['image_id']],
        )
        x1, x2 = max(x, 0), min(x + w, width - 1)
        y1, y2 = max(y, 0), min(y + h, height - 1)
        side = padding * max(y2 - y1, (x2 - x1) / aspect)
        scale = np.array([side * aspect, side])
        center = np.array([x1 + x2, y1 + y2]) / 2
        points.append((joints[:, :2] - center) / scale)
        visible.append(joints[:, 2] > 0)
    points, visible = np.array(points), np.array(visible)
    mean = (points * visible[..., None]).sum(0) / visible.sum(0)[:, None]
    error = (points - mean) * [aspect, 1] * 160 / max(aspect, 1)
    return mean, (np.hypot(*error[visible].T) < 5).mean()


def test_it_agrees_with_a_sum_over_the_annotations(draw_people):
    def hide(coco):
        for n, person in enumerate(coco['annotations']):
            person['keypoints'][3 * n : 3 * n + 3] = [0, 0, 0]

    root = draw_people([2, 1, 3, 1, 2], edit=hide)
    config = make_config(root)
    metrics = mean_pose_baseline(config)
    pose, score = by_hand(root / 'annotations/train.json', aspect=64 / 96)
    dataset = build_without_images(
        config.train_dataloader.dataset, config.val_dataloader.dataset.pipeline
    )
    np.testing.assert_allclose(mean_pose([dataset]), 0.5 + pose, atol=1e-6)
    assert 0 < score < 1
    assert metrics['PixelPCK'] == pytest.approx(score, abs=1e-9)
    assert 'coco/AP' in metrics


def test_no_photograph_is_read(draw_people):
    root = draw_people([1, 1])
    for image in (root / 'images').iterdir():
        image.unlink()
    assert 'PixelPCK' in mean_pose_baseline(make_config(root))


def test_alone_it_is_right(draw_people):
    """The mean of one person is that person."""
    metrics = mean_pose_baseline(make_config(draw_people([1])))
    assert metrics['PixelPCK'] == 1
    assert metrics['coco/AP'] == pytest.approx(1)


def test_a_joint_that_is_labelled_nowhere_is_named(draw_people):
    def hide(coco):
        for person in coco['annotations']:
            person['keypoints'][4 * 3 + 2] = 0

    with pytest.raises(ValueError, match=r'joints \[4\] are labelled nowhere'):
        mean_pose_baseline(make_config(draw_people([1, 2], edit=hide)))


def test_a_pipeline_without_crops_is_refused(draw_people):
    config = make_config(draw_people([1]))
    del config.val_dataloader.dataset.pipeline[2]
    with pytest.raises(ValueError, match='must cut crops with TopdownAffine'):
        mean_pose_baseline(config)


@pytest.mark.slow
def test_on_coco_people_it_scores_what_the_annotations_say():
    """AP 0.000; PixelPCK 0.0404 counted with numpy alone, as above."""
    root = Path(os.environ.get('LIGHTKPT_DATA', '')) / 'coco_person'
    if not (root / 'annotations/val.json').is_file():
        pytest.skip('LIGHTKPT_DATA holds no coco_person')
    config = make_config(root, val='val', size=(192, 192))
    metrics = mean_pose_baseline(config)
    assert metrics['coco/AP'] == pytest.approx(0, abs=5e-4)
    assert metrics['PixelPCK'] == pytest.approx(0.0404, abs=5e-5)
