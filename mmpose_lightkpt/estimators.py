"""One way to call a model, whether it is a checkpoint or an exported bundle.

An :class:`Estimator` takes a photograph and boxes and returns one skeleton
per box, in pixels of the photograph.
"""

from pathlib import Path
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

Boxes = Optional[Sequence[Sequence[float]]]
Skeleton = Tuple[np.ndarray, np.ndarray]

NO_BOXES = (
    'this model finds the people of the whole image by itself: give it no '
    'boxes'
)


class Estimator(NamedTuple):
    """A model that is ready to run."""

    names: Sequence[str]
    """K joint names."""
    links: Sequence[Tuple[int, int]]
    """Pairs of joint indices to be joined by a line."""
    estimate: Callable[[np.ndarray, Boxes], List[Skeleton]]
    """(uint8 BGR image, boxes x1, y1, x2, y2 in pixels or None for the whole
    image) -> per box, or per person that a model of several finds, keypoints
    (K, 2) in pixels and scores (K,) in [0, 1]."""


def bundle_estimator(
    folder: Union[str, Path],
    threads: int = 1,
    precision: str = 'fp32',
    score_threshold: float = 0.2,
) -> Estimator:
    """Open an exported bundle; needs numpy and ncnn alone.

    Without boxes a model of one person looks for them, see
    :func:`~.deploy.find_person.find_person`.

    Args:
        folder: of the bundle.
        threads: of one inference.
        precision: see :data:`~.deploy.PRECISIONS`.
        score_threshold: joints that score less do not steer that search.

    Raises:
        ValueError: if the bundle cannot be read or run.
    """
    from .deploy import PosePipeline
    from .deploy.find_person import find_person

    pipeline = PosePipeline.from_bundle(folder, threads, precision)
    spec = pipeline.spec
    several = spec.decoder['type'] == 'movenet_multi'

    def estimate(image: np.ndarray, boxes: Boxes) -> List[Skeleton]:
        if boxes and several:
            raise ValueError(NO_BOXES)
        if boxes:
            return [pipeline(image, box) for box in boxes]
        if several:
            return pipeline.people(image)
        return [find_person(pipeline, image, score_threshold)]

    return Estimator(spec.keypoint_names, spec.skeleton_links, estimate)


def checkpoint_estimator(
    config: Union[str, Path], checkpoint: Union[str, Path], device: str = 'cpu'
) -> Estimator:
    """Load a checkpoint with MMPose.

    Raises:
        FileNotFoundError: if config or checkpoint is missing.
        ValueError: if the checkpoint is damaged or another model's.
        ImportError: if MMPose does not work here.
    """
    from . import MMPOSE_READY

    if not MMPOSE_READY:
        raise ImportError(
            'running a checkpoint needs MMPose; '
            '`python -m mmpose_lightkpt.doctor` tells what is '
            'missing. An exported bundle does without'
        )
    from mmpose.apis import (
        inference_bottomup,
        inference_topdown,
        init_model,
    )
    from mmpose.models import BottomupPoseEstimator

    from .deploy.source_model import load_weights, read_config

    model = init_model(read_config(config), None, device=device)
    # MMPose's own loading takes whatever fits and only warns of the rest.
    load_weights(model, checkpoint)

    def estimate(image: np.ndarray, boxes: Boxes) -> List[Skeleton]:
        if not isinstance(model, BottomupPoseEstimator):
            boxes = None if boxes is None else np.asarray(boxes, np.float32)
            samples = inference_topdown(model, image, boxes)
        elif boxes:
            raise ValueError(NO_BOXES)
        else:
            samples = inference_bottomup(model, image)
        return [
            skeleton
            for sample in samples
            for skeleton in zip(
                sample.pred_instances.keypoints,
                sample.pred_instances.keypoint_scores,
            )
        ]

    meta = model.dataset_meta
    names = [meta['keypoint_id2name'][i] for i in range(meta['num_keypoints'])]
    return Estimator(names, meta['skeleton_links'], estimate)
