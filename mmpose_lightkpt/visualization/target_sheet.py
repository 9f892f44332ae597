"""A sheet of training samples: photograph, crop, and each kind of target."""

from pathlib import Path
from typing import List, NamedTuple, Tuple, Union

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from mmpose_lightkpt.datasets.seeding import SampleKey, seeded
from mmpose_lightkpt.deploy.draw import (
    contact_sheet,
    draw_skeleton,
    import_cv2,
)
from mmpose_lightkpt.deploy.image_file import write_image

from .panels import target_panels


class Sample(NamedTuple):
    """A photograph, its person, and what the pipeline made of them."""

    photo: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    box: np.ndarray
    results: dict


def target_sheet(
    config: Union[str, Path, Config],
    out: Union[str, Path],
    num: int = 6,
    seed: int = 0,
    side: int = 288,
) -> Path:
    """Draw samples of a config's training set as its losses see them.

    Args:
        config: an MMPose config, whose training pipeline holds
            ``GenerateTarget``.
        out: the picture to write.
        num: how many samples, spread evenly over the data set.
        seed: seed of the augmentation.
        side: longer side of every panel, in pixels.

    Returns:
        The path of the picture, which is there whole or not at all.

    Raises:
        ValueError: if nothing in the pipeline encodes targets, or ``num`` is
            not positive.
    """
    if num < 1:
        raise ValueError(f'target_sheet: num must be at least 1, got {num}')
    config = config if isinstance(config, Config) else Config.fromfile(config)
    init_default_scope(config.get('default_scope', 'mmpose'))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    chosen = np.linspace(0, len(dataset) - 1, min(num, len(dataset)))
    rows = [
        sample_row(run_pipeline(dataset, int(i), seed), dataset.metainfo)
        for i in chosen
    ]
    panels = [panel for row in rows for panel in row]
    images = [_fit(image, side) for _, image in panels]
    titles = [title for title, _ in panels]
    write_image(out, contact_sheet(images, len(rows[0]), titles))
    return Path(out)


def run_pipeline(dataset, index: int, seed: int) -> Sample:
    """Run a training pipeline up to packing, keeping the photograph."""
    data = dataset.get_data_info(index)
    data['dataset'] = dataset
    sample = None
    with seeded(SampleKey(seed, 0, index)):
        for transform in dataset.pipeline.transforms:
            if type(transform).__name__ == 'PackPoseInputs':
                break
            data = transform(data)
            if sample is None:
                sample = Sample(
                    data['img'].copy(),
                    data['keypoints'][0],
                    data['keypoints_visible'][0],
                    data['bbox'][0],
                    {},
                )
    if 'field_mapping_table' not in data:
        raise ValueError(
            'target_sheet: the training pipeline encodes no targets; it needs '
            'GenerateTarget with a codec that lists its maps in '
            'field_mapping_table'
        )
    return sample._replace(results=data)


def sample_row(sample: Sample, metainfo: dict) -> List[Tuple[str, np.ndarray]]:
    """Title and picture of each panel of one sample."""
    names = [
        metainfo['keypoint_id2name'][k] for k in range(len(sample.keypoints))
    ]
    links = metainfo['skeleton_links']
    results = sample.results
    crop = results['img']
    photo = draw_skeleton(
        sample.photo, sample.keypoints, sample.visible, links, names
    )
    corners = np.rint(sample.box).astype(int).tolist()
    import_cv2().rectangle(photo, corners[:2], corners[2:], (255, 255, 255), 1)
    people = results.get('people_keypoints', results['transformed_keypoints'])
    visible = results.get('people_visible', results['keypoint_weights'])
    drawn = crop
    for keypoints, seen in zip(people, visible):
        drawn = draw_skeleton(drawn, keypoints, seen, links, names)
    name = Path(results['img_path']).name
    return [(name, photo), ('crop', drawn)] + target_panels(
        crop, results, results['field_mapping_table'], names
    )


def _fit(image: np.ndarray, side: int) -> np.ndarray:
    """Scale the longer side to a length in pixels."""
    scale = side / max(image.shape[:2])
    return import_cv2().resize(image, None, fx=scale, fy=scale)
