"""A sheet of crops with what a model said and what is true."""

from pathlib import Path
from typing import NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.apis import init_model
from mmpose.registry import DATASETS

from mmpose_lightkpt.deploy.draw import (
    contact_sheet,
    draw_skeleton,
    import_cv2,
)
from mmpose_lightkpt.deploy.image_file import write_image
from mmpose_lightkpt.functional.pck import pixel_pck


class Prediction(NamedTuple):
    """One crop (H, W, 3) in BGR and its joints (K, 2) in crop pixels."""

    crop: np.ndarray
    pred: np.ndarray
    scores: np.ndarray
    gt: np.ndarray
    visible: np.ndarray


def prediction_sheet(
    config: Union[str, Path, Config],
    checkpoint: Optional[Union[str, Path]],
    out: Union[str, Path],
    num: int = 24,
    columns: int = 6,
    device: str = 'cpu',
) -> Path:
    """Draw a model's predictions on crops of the config's validation set.

    Args:
        config: an MMPose config of a top-down model.
        checkpoint: its weights.
        out: the picture to write.
        num: how many crops, spread evenly over the data set (not chosen).
        columns: crops per row.
        device: where the model runs.

    Returns:
        The path of the picture, which is there whole or not at all.
    """
    if num < 1:
        raise ValueError(
            f'prediction_sheet: num must be at least 1, got {num}'
        )
    config = config if isinstance(config, Config) else Config.fromfile(config)
    checkpoint = None if checkpoint is None else str(checkpoint)
    model = init_model(config, checkpoint, device=device)
    dataset = DATASETS.build(config.val_dataloader.dataset)
    chosen = np.linspace(0, len(dataset) - 1, min(num, len(dataset)))
    predictions = [predict(model, dataset[int(i)]) for i in chosen]
    meta = dataset.metainfo
    names = [meta['keypoint_id2name'][k] for k in range(meta['num_keypoints'])]
    pictures, titles = zip(
        *(
            draw_prediction(one, meta['skeleton_links'], names)
            for one in predictions
        )
    )
    write_image(out, contact_sheet(pictures, columns, titles))
    return Path(out)


def predict(model, data: dict) -> Prediction:
    """Run a model on one packed sample; joints come back in crop pixels."""
    sample = model.test_step(pseudo_collate([data]))[0]
    crop = np.ascontiguousarray(data['inputs'].numpy().transpose(1, 2, 0))
    visible = np.asarray(sample.gt_instances.keypoints_visible)
    pred = sample.pred_instances
    return Prediction(
        crop,
        to_crop(pred.keypoints[0], sample.metainfo),
        np.asarray(pred.keypoint_scores[0]),
        to_crop(sample.gt_instances.keypoints[0], sample.metainfo),
        visible.reshape(len(visible[0]), -1)[:, 0],
    )


def to_crop(keypoints: np.ndarray, metainfo: dict) -> np.ndarray:
    """Map image pixels to crop pixels, undoing what MMPose's estimator does.

    Args:
        keypoints: (..., 2) in image pixels.
        metainfo: ``input_center``, ``input_scale`` and ``input_size`` of the
            sample.
    """
    scale = np.asarray(metainfo['input_scale'])
    corner = np.asarray(metainfo['input_center']) - 0.5 * scale
    return (keypoints - corner) / scale * np.asarray(metainfo['input_size'])


def draw_prediction(
    one: Prediction,
    links: Sequence[Tuple[int, int]],
    names: Sequence[str],
    side: int = 256,
) -> Tuple[np.ndarray, str]:
    """Draw the truth in thin white lines and the prediction over it.

    The prediction is drawn whatever its scores: a sheet shows what the
    metric counts.

    Returns:
        The picture, its longer side ``side`` pixels, and a title with the
        PixelPCK (5 of 160) of this crop.
    """
    cv2 = import_cv2()
    zoom = side / max(one.crop.shape[:2])
    canvas = cv2.resize(one.crop, None, fx=zoom, fy=zoom)
    points = np.rint(one.gt * zoom).astype(int).tolist()
    for a, b in links:
        if one.visible[a] > 0 and one.visible[b] > 0:
            cv2.line(
                canvas, points[a], points[b], (255, 255, 255), 1, cv2.LINE_AA
            )
    canvas = draw_skeleton(
        canvas, one.pred * zoom, np.ones(len(names)), links, names
    )
    share = pixel_pck(
        one.pred[None],
        one.gt[None],
        one.visible[None],
        side=np.array([max(one.crop.shape[:2])]),
    )
    title = 'no label' if np.isnan(share) else f'PCK {share:.2f}'
    return canvas, f'{title}  score {one.scores.mean():.2f}'
