"""From a TFLite file to a checkpoint, calibrated and compared."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, save_checkpoint
from mmpose.apis.inference import dataset_meta_from_config
from mmpose.registry import MODELS
from torch import nn

from ..configs_index import config_path
from .batch_norm import calibrate_batch_norm
from .interpreter import interpret
from .tflite_file import Convolution, TFLiteFile
from .weights import load_convolutions

__all__ = ['CONFIGS', 'Imported', 'import_movenet']

# Config by the channels of the first convolution.
CONFIGS = {
    32: 'movenet_mobilenetv2_1xb32-28e_coco-192x192',
    56: 'movenet_mobilenetv2-1.75_1xb32-28e_coco-256x256',
}


class Imported(NamedTuple):
    """What an import made and found."""

    config: str
    """Path of the config that the checkpoint belongs to."""
    num_calibrated: int
    """Crops that the batch normalisations were calibrated on."""
    shifts: np.ndarray
    """Distances (M,), px of the crop, between our keypoints and those of
    TFLite's interpreter, of labelled joints; M is 0 without data."""

    def describe(self) -> str:
        """The shifts in one line."""
        middle, most = np.quantile(self.shifts, (0.5, 0.9))
        return (
            f"keypoints are {middle:.2f} px from the interpreter's in the "
            f'median, {most:.2f} px at the 90th percentile, of '
            f'{len(self.shifts)} labelled joints (of an int8 file, that is '
            'what its rounding does)'
        )


def import_movenet(
    path: Union[str, Path],
    out: Union[str, Path],
    num_calibrate: int = 256,
    num_compare: int = 100,
    say: Callable[[str], None] = print,
) -> Imported:
    """Write Google's weights as a checkpoint of our config.

    Crops are those of the config's data: training persons to calibrate on,
    validation persons to compare.

    Args:
        path: TFLite of MoveNet SinglePose, Lightning or Thunder.
        out: checkpoint to write.
        num_calibrate: crops for :func:`~.batch_norm.calibrate_batch_norm`;
            0 leaves the batch normalisations the identity.
        num_compare: crops that TFLite's interpreter is asked about too.
        say: takes each line of progress.

    Raises:
        ImportError: ai-edge-litert is missing.
        ValueError: it is not such a file.
        OSError: a file or the data cannot be read, or ``out`` not be written.
    """
    convolutions = TFLiteFile(path).convolutions()
    config = _config_of(path, convolutions)
    say(f'{len(convolutions)} convolutions of {path} -> {config}')
    cfg = Config.fromfile(config)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).eval()
    try:
        load_convolutions(model, convolutions)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
    calibrated, shifts = 0, np.zeros(0)
    if num_calibrate:
        say(f'calibrating on {num_calibrate} crops')
        batches = (
            model.data_preprocessor(batch, False)['inputs']
            for batch in _batches(cfg, 'train', num_calibrate)
        )
        calibrated = calibrate_batch_norm(model, batches)
    if num_compare:
        say(f"comparing {num_compare} crops with TFLite's interpreter")
        shifts = _compare(model, cfg, path, num_compare)
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    meta = dict(
        dataset_meta=dataset_meta_from_config(cfg, 'train'),
        source=f'{Path(path).name}, sha256 {digest}',
    )
    save_checkpoint(
        dict(state_dict=model.state_dict(), meta=meta),
        str(out),
        backend_args=dict(backend='atomic'),
    )
    return Imported(config, calibrated, shifts)


def _config_of(path: Union[str, Path], convolutions: List[Convolution]) -> str:
    stem = convolutions[0].weight.shape[0] if convolutions else 0
    if stem not in CONFIGS:
        raise ValueError(
            f'{path}: its {len(convolutions)} convolutions begin with '
            f'{stem} channels; MoveNet SinglePose begins with 32 (Lightning) '
            'or 56 (Thunder)'
        )
    return config_path(CONFIGS[stem])


def _batches(cfg: Config, split: str, count: int) -> Iterator[Dict[str, Any]]:
    """The first crops of a split, as they are tested."""
    loader = dict(cfg.val_dataloader, num_workers=0, persistent_workers=False)
    loader['dataset'] = dict(
        loader['dataset'], ann_file=f'annotations/{split}.json'
    )
    loader['dataset']['indices'] = count
    yield from Runner.build_dataloader(loader, seed=0)


def _compare(
    model: nn.Module, cfg: Config, path: Union[str, Path], count: int
) -> np.ndarray:
    """Distances (M,) of labelled joints, in pixels of the crop."""
    shifts = []
    for batch in _batches(cfg, 'val', count):
        crops = [image.permute(1, 2, 0).numpy() for image in batch['inputs']]
        data = model.data_preprocessor(batch, False)
        with torch.no_grad():
            found = model.head.predict(
                model.extract_feat(data['inputs']), data['data_samples']
            )
        ours = np.concatenate([one.keypoints for one in found])
        theirs = interpret(path, crops)[..., :2]
        labelled = np.concatenate(
            [
                sample.gt_instances.keypoints_visible
                for sample in data['data_samples']
            ]
        )
        distances = np.linalg.norm(ours - theirs, axis=-1)
        shifts.append(distances[labelled > 0])
    return np.concatenate(shifts)
