"""Areas of persons in the crops that a pipeline cuts; see
:mod:`mmpose_lightkpt.functional.person_areas`.

No photograph is read: the pipeline runs on black pictures up to its crop.
"""

from typing import List, Optional

import numpy as np
from mmengine.config import Config
from mmengine.fileio import load
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from mmpose_lightkpt.functional.person_areas import area_share

from .seeding import SampleKey, seeded
from .transforms.labelled_joints import labelled_joints

__all__ = ['person_areas', 'with_scale_aware_crop']

PIXELS = ('LoadImage', 'LoadImageFromFile')
CROP = 'TopdownAffine'
SCALE = 'ScaleAwareCrop'


def person_areas(
    config: Config, pipeline: List[dict], split: str = 'train', seed: int = 0
) -> np.ndarray:
    """Run each person of a set once through a pipeline's geometry.

    Args:
        config: an MMPose config of a top-down model.
        pipeline: transforms; those up to ``TopdownAffine`` count.
        split: 'train', 'val' or 'test', the set of the config.
        seed: of the augmentation.

    Returns:
        Areas (M,) as shares of the crop, of the persons where they are known.

    Raises:
        ValueError: the pipeline cuts no crop.
    """
    init_default_scope(config.get('default_scope', 'mmpose'))
    kept = [
        step for step in up_to_crop(pipeline) if step['type'] not in PIXELS
    ]
    first = dict(config[f'{split}_dataloader'].dataset)
    areas = []
    for more in ({}, *first.pop('also', ())):
        settings = dict(first, **more, pipeline=kept, test_mode=True)
        areas += _areas_of(DATASETS.build(settings), seed)
    areas = np.array(areas)
    return areas[np.isfinite(areas)]


def _areas_of(dataset, seed: int) -> List[float]:
    """Areas of all persons of a data set, NaN where one is not known."""
    shapes = {
        image['id']: (image['height'], image['width'])
        for image in load(dataset.ann_file)['images']
    }
    areas = []
    for index in range(len(dataset)):
        data = dataset.get_data_info(index)
        shape = shapes[data['img_id']]
        data.update(img=np.zeros((1, 1, 3), np.uint8), img_shape=shape)
        with seeded(SampleKey(seed, 0, index)):
            data = dataset.pipeline(data)
        points = labelled_joints(data, 'transformed_keypoints')
        areas.append(area_share(points, data['input_size']))
    return areas


def up_to_crop(pipeline: List[dict]) -> List[dict]:
    """The transforms up to the crop.

    Raises:
        ValueError: there is none.
    """
    names = [step['type'] for step in pipeline]
    if CROP not in names:
        raise ValueError(
            f'person_areas: the pipeline must cut crops with {CROP}, got '
            f'{names}'
        )
    return list(pipeline[: names.index(CROP) + 1])


def with_scale_aware_crop(
    pipeline: List[dict], settings: Optional[dict]
) -> List[dict]:
    """A pipeline whose ``ScaleAwareCrop``, if any, is replaced.

    Args:
        pipeline: transforms with a ``TopdownAffine``.
        settings: arguments of the new one, which comes right before the crop;
            None for a pipeline without.
    """
    steps = [step for step in up_to_crop(pipeline) if step['type'] != SCALE]
    if settings is not None:
        steps.insert(-1, dict(settings, type=SCALE))
    return steps
