"""The score of a model that looks at nothing: the mean pose.

It puts the mean of the training keypoints, in coordinates of the crop, into
every crop, and has the config's own validation or test judge it. A trained
model has to beat this figure before any other figure about it means something.
"""

from itertools import chain
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Union

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.evaluator import Evaluator
from mmengine.fileio import load
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS

PIXELS = ('LoadImage', 'LoadImageFromFile')


def mean_pose_baseline(
    config: Union[str, Path, Config], split: str = 'val'
) -> Dict[str, float]:
    """Evaluate the mean pose of the training set on another set.

    No photograph is read: crops are cut as that set's pipeline says, out of
    black pictures. Every score is 1.

    Args:
        config: an MMPose config of a top-down model.
        split: 'val' or 'test', the set and evaluator that judge.

    Returns:
        What the config's evaluator of that set returns.

    Raises:
        ValueError: if the pipeline of that set cuts no crops.
    """
    config = config if isinstance(config, Config) else Config.fromfile(config)
    init_default_scope(config.get('default_scope', 'mmpose'))
    judged = config[f'{split}_dataloader'].dataset
    crop = judged.pipeline
    train = config.train_dataloader.dataset
    pose = mean_pose(
        [build_without_images(part, crop) for part in parts_of(train)]
    )
    dataset = build_without_images(judged, crop)
    evaluator = Evaluator(config[f'{split}_evaluator'])
    evaluator.dataset_meta = dataset.metainfo
    for packed in packed_samples(dataset):
        sample = packed['data_samples']
        sample.pred_instances = place(pose, sample)
        evaluator.process(data_samples=[sample], data_batch=[packed])
    return evaluator.evaluate(len(dataset))


def parts_of(dataset: dict) -> List[dict]:
    """One config for each annotation file of a ``PeopleDataset``'s."""
    first = {k: v for k, v in dataset.items() if k != 'also'}
    return [first, *(dict(first, **more) for more in dataset.get('also', ()))]


def build_without_images(dataset: dict, pipeline: list) -> BaseDataset:
    """Build a data set with a pipeline that finds its pictures loaded."""
    names = [transform['type'] for transform in pipeline]
    if 'TopdownAffine' not in names or 'PackPoseInputs' not in names:
        raise ValueError(
            'mean_pose_baseline: the pipeline must cut crops with '
            f'TopdownAffine and pack them with PackPoseInputs, got {names}'
        )
    kept = [one for one in pipeline if one['type'] not in PIXELS]
    return DATASETS.build(dict(dataset, pipeline=kept, test_mode=True))


def packed_samples(dataset: BaseDataset) -> Iterator[dict]:
    """Run the pipeline of all samples on black pictures of their size."""
    shapes = {
        image['id']: (image['height'], image['width'])
        for image in load(dataset.ann_file)['images']
    }
    for index in range(len(dataset)):
        data = dataset.get_data_info(index)
        shape = shapes[data['img_id']]
        data.update(
            dataset=dataset,
            ori_shape=shape,
            img_shape=shape,
            img=np.zeros((1, 1, 3), np.uint8),
        )
        yield dataset.pipeline(data)


def mean_pose(datasets: Sequence[BaseDataset]) -> np.ndarray:
    """Mean of the labelled joints (K, 2) in coordinates of the crop, 0..1.

    Raises:
        ValueError: if a joint is labelled nowhere.
    """
    total = count = 0.0
    for packed in chain.from_iterable(map(packed_samples, datasets)):
        sample = packed['data_samples']
        truth = sample.gt_instances
        corner, scale = crop_of(sample)
        visible = np.asarray(truth.keypoints_visible[0]) > 0
        visible = visible.reshape(len(visible), -1)[:, :1]
        share = (truth.keypoints[0] - corner) / scale
        total = total + np.where(visible, share, 0)
        count = count + visible
    if not np.all(count):
        raise ValueError(
            'mean_pose: joints '
            f'{np.flatnonzero(count == 0).tolist()} are labelled '
            'nowhere in ' + ', '.join(d.ann_file for d in datasets)
        )
    return total / count


def place(pose: np.ndarray, sample) -> InstanceData:
    """Put a pose in coordinates 0..1 into the crop of a data sample."""
    corner, scale = crop_of(sample)
    return InstanceData(
        keypoints=(corner + pose * scale)[None],
        keypoint_scores=np.ones((1, len(pose))),
        bboxes=sample.gt_instances.bboxes,
        bbox_scores=sample.gt_instances.bbox_scores,
    )


def crop_of(sample) -> tuple:
    """Upper left corner and size of the crop, (x, y) in image pixels."""
    scale = np.asarray(sample.metainfo['input_scale'])
    return np.asarray(sample.metainfo['input_center']) - 0.5 * scale, scale
