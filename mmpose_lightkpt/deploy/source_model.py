"""The trained model behind a bundle, as its config and checkpoint tell.

Needs torch and MMPose.
"""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import _load_checkpoint
from mmpose.apis.inference import dataset_meta_from_config
from mmpose.registry import DATASETS, MODELS
from torch import nn

from . import decoders
from .mmpose_decoders import decode_spec

_SPLITS = ('val', 'test', 'train')


def read_config(path: Union[str, Path]) -> Config:
    """Read a config and set the registry scope it asks for.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: no such config file')
    cfg = Config.fromfile(str(path))
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    return cfg


def build_model(
    cfg: Config, checkpoint: Optional[Union[str, Path]] = None, seed: int = 0
) -> nn.Module:
    """Build a model in evaluation mode.

    Args:
        cfg: a config with a top-down model.
        checkpoint: None leaves the weights random, which serves to time an
            architecture.
        seed: of the random weights.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the checkpoint is damaged or another model's.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MODELS.build(cfg.model)
    if checkpoint is not None:
        load_weights(model, checkpoint)
    model.eval()
    return model.requires_grad_(False)


def keep_backbone(model: nn.Module) -> None:
    """Take neck and head off a model, to time its backbone alone."""
    for part in ('neck', 'head'):
        if hasattr(model, part):
            setattr(model, part, None)


def load_weights(model: nn.Module, checkpoint: Union[str, Path]) -> None:
    """Load a checkpoint that must fit key for key and shape for shape.

    MMEngine's own loading only warns, and the model would be exported with
    part of its weights random.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or keys or shapes differ.
    """
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(f'{checkpoint}: no such checkpoint')
    try:
        state = _load_checkpoint(str(checkpoint), map_location='cpu')
    except Exception as error:  # torch raises what it likes on a bad file
        raise ValueError(
            f'{checkpoint}: not a readable checkpoint: {error}'
        ) from error
    state = state.get('state_dict', state)
    wanted = {k: tuple(v.shape) for k, v in model.state_dict().items()}
    given = {k: tuple(getattr(v, 'shape', ())) for k, v in state.items()}
    problems = _differences(wanted, given)
    if problems:
        raise ValueError(
            f'{checkpoint} does not fit the config: ' + '; '.join(problems)
        )
    model.load_state_dict(state)


def _differences(wanted: Dict[str, tuple], given: Dict[str, tuple]) -> List:
    both = sorted(set(wanted) & set(given))
    differing = [
        f'{key} {given[key]} instead of {wanted[key]}'
        for key in both
        if wanted[key] != given[key]
    ]
    kinds = (
        ('missing', sorted(set(wanted) - set(given))),
        ('not in the model', sorted(set(given) - set(wanted))),
        ('of another shape', differing),
    )
    return [
        f'{len(keys)} keys {kind}: {", ".join(keys[:4])}'
        + (', ...' if len(keys) > 4 else '')
        for kind, keys in kinds
        if keys
    ]


def _transform(cfg: Config, kind: str) -> Dict[str, Any]:
    """The first transform of a type in the evaluation pipeline, or {}."""
    for split in _SPLITS:
        dataset = (cfg.get(f'{split}_dataloader') or {}).get('dataset', {})
        for transform in dataset.get('pipeline', []):
            if transform['type'] == kind:
                return transform
    return {}


def _normalisation(cfg: Config) -> Dict[str, Any]:
    found = cfg.model.get('data_preprocessor') or {}
    if found.get('rgb_to_bgr'):
        raise ValueError(
            'export: data_preprocessor.rgb_to_bgr is not supported; images '
            'are read as BGR'
        )
    return dict(
        mean=[float(v) for v in found.get('mean') or (0, 0, 0)],
        std=[float(v) for v in found.get('std') or (1, 1, 1)],
        channel_order='rgb' if found.get('bgr_to_rgb') else 'bgr',
    )


def _skeleton(cfg: Config) -> Dict[str, Any]:
    meta = None
    for split in _SPLITS:
        meta = meta or dataset_meta_from_config(cfg, split)
    if meta is None:
        raise ValueError(
            'export: the config names no dataset (val_dataloader, '
            'test_dataloader or train_dataloader) to take keypoint names from'
        )
    names = meta['keypoint_id2name']
    return dict(
        keypoint_names=[names[i] for i in range(meta['num_keypoints'])],
        skeleton_links=[[int(i) for i in p] for p in meta['skeleton_links']],
        flip_indices=[int(i) for i in meta['flip_indices']],
    )


def describe_model(cfg: Config, model: nn.Module) -> Dict[str, Any]:
    """Fields of :class:`~.spec.ModelSpec` that config and model determine.

    Raises:
        ValueError: the config lacks something that a board needs, or asks
            for what :mod:`.preprocess` does not do.
    """
    skeleton = _skeleton(cfg)
    size = _input_size(cfg, model)
    if getattr(model, 'head', None) is None:
        count = len(skeleton['keypoint_names'])
        spec = dict(type='none', num_keypoints=count, input_size=list(size))
    else:
        spec = decode_spec(model)
    decoder, _ = decoders.get_decoder(spec)
    padding = _transform(cfg, 'GetBBoxCenterScale').get('padding', 1.25)
    if _transform(cfg, 'BottomupResize'):  # a whole image is not enlarged
        padding = 1.0
    return dict(
        input_size=size,
        padding=float(padding),
        outputs=decoder.outputs,
        decoder=spec,
        params=sum(p.numel() for p in _exported_parameters(model)),
        **_normalisation(cfg),
        **skeleton,
    )


def _input_size(cfg: Config, model: nn.Module) -> Tuple[int, int]:
    whole = _transform(cfg, 'BottomupResize')
    affine = whole or _transform(cfg, 'TopdownAffine')
    if affine.get('use_udp') or affine.get('resize_mode', 'fit') != 'fit':
        raise ValueError(
            f'export: {affine["type"]} with use_udp=True or another '
            "resize_mode than 'fit' is not done on boards; train without"
        )
    codec = getattr(getattr(model, 'head', None), 'decoder', None)
    size = getattr(codec, 'input_size', affine.get('input_size'))
    if size is None:
        raise ValueError(
            "export: the size of the network's input is not known; the "
            'evaluation pipeline has no TopdownAffine or BottomupResize'
        )
    width, height = (int(v) for v in size)
    cropped = tuple(affine.get('input_size', (width, height)))
    if cropped != (width, height):
        raise ValueError(
            f'export: the pipeline crops to {cropped}, but the codec is '
            f'made for {(width, height)}'
        )
    return width, height


def _exported_parameters(model: nn.Module) -> Iterator[nn.Parameter]:
    """All but the losses' own, such as RLE's flow: they stay behind."""
    for name, parameter in model.named_parameters():
        if not name.startswith('head.loss'):
            yield parameter


def sample_crops(
    cfg: Config, input_size: Tuple[int, int], num_crops: int
) -> Tuple[np.ndarray, str]:
    """Crops as the network sees them in evaluation.

    They are taken at even distances from the config's validation set. Where
    its annotation file is absent they are smooth random patterns, which any
    network answers, if not with a person.

    Args:
        cfg: the config.
        input_size: ``(w, h)`` in pixels.
        num_crops: how many.

    Returns:
        (N, h, w, 3) uint8 BGR, N <= num_crops, and where they are from.

    Raises:
        ValueError: the validation set is empty or of another size, or
            ``num_crops`` is below 1.
    """
    if num_crops < 1:
        raise ValueError(
            f'export: num_crops must be at least 1, got {num_crops}'
        )
    width, height = input_size
    for split in ('val', 'test'):
        source = (cfg.get(f'{split}_dataloader') or {}).get('dataset', {})
        file = Path(source.get('data_root') or '') / source.get('ann_file', '')
        if file.is_file():
            crops = _dataset_crops(source, num_crops)
            if crops.shape[1:] != (height, width, 3):
                raise ValueError(
                    f'export: {file} gives crops of shape {crops.shape[1:]}, '
                    f'the codec is made for {(height, width, 3)}'
                )
            return crops, f'{file.parent.parent.name}/{file.name}'
    rng = torch.Generator().manual_seed(0)
    coarse = torch.rand(num_crops, 3, 12, 12, generator=rng)
    smooth = nn.functional.interpolate(
        coarse, (height, width), mode='bicubic', antialias=False
    )
    crops = (smooth.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).numpy()
    return np.ascontiguousarray(crops), 'random patterns'


def _dataset_crops(source: Dict[str, Any], num_crops: int) -> np.ndarray:
    dataset = DATASETS.build(source)
    if not len(dataset):
        raise ValueError(f'export: {source["ann_file"]} holds no person')
    count = min(num_crops, len(dataset))
    indices = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    crops = [dataset[int(i)]['inputs'].numpy() for i in indices]
    return np.ascontiguousarray(np.stack(crops).transpose(0, 2, 3, 1))
