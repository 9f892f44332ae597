"""A trained network that only answers."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence, Tuple

import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import CheckpointLoader
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor

from ..losses.checks import refuse_other_than_size
from .normalisation import Normalisation, black, normalisation_of, renormalise
from .resampling import fit
from .taps import tapped
from .view import View

__all__ = ['Teacher']


class Teacher:
    """A frozen top-down model that sees the student's batches.

    It is no ``nn.Module`` on purpose: as an attribute of one, it is not among
    its parameters, its modes and its checkpoint. It is read from its files
    when it is first asked, so that a student can be built, tested and
    exported without them.

    Args:
        config: path of its config, or one of a package: ``mmpose::...``.
        checkpoint: path or address of its weights.
        input_size: (w, h) that it is shown the crops at, with black beside
            them where the student's have another shape; that of its codec by
            default. Another suits a fully convolutional network alone: its
            codec is then built for that size.

    Raises:
        ValueError: ``input_size`` is no size.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str,
        input_size: Optional[Sequence[int]] = None,
    ):
        if input_size is not None:
            refuse_other_than_size(self, input_size=input_size)
        self.config, self.checkpoint = str(config), str(checkpoint)
        self.input_size = input_size and tuple(input_size)
        self._model = None

    def view(
        self, images: Tensor, given: Normalisation, taps: Sequence[str] = ()
    ) -> View:
        """What it sees and says of a batch, without gradients.

        Args:
            images: (N, 3, H, W) of the student.
            given: how these are normalised.
            taps: names of modules whose outputs are asked for.

        Raises:
            FileNotFoundError: config or checkpoint is missing.
            ValueError: the checkpoint is another model's, or there is no
                such module.
        """
        model = self.read().to(images.device)
        wanted = normalisation_of(model.data_preprocessor)
        with torch.no_grad():
            images = renormalise(images, given, wanted)
            size = self.input_size or tuple(images.shape[:1:-1])
            images, crop = fit(images, size, black(wanted).to(images))
            if images.device.type == 'cpu':
                # the faster order of convolutions there
                images = images.contiguous(memory_format=torch.channels_last)
            with tapped(model, taps) as found:
                feats = model.extract_feat(images)
                outputs = model.head.forward(feats)
            return View(model.head, feats, outputs, crop, found)

    def read(self) -> TopdownPoseEstimator:
        """Read the files, unless that was done; the frozen model.

        Raises:
            FileNotFoundError: config or checkpoint is missing.
            ValueError: the checkpoint is another model's.
        """
        if self._model is None:
            self._model = self._build()
        return self._model

    def _build(self) -> TopdownPoseEstimator:
        whole = self._read_config()
        cfg = whole.model
        decoder = (cfg.get('head') or {}).get('decoder')
        if decoder and self.input_size:
            _resize(decoder, self.input_size)
        elif decoder:
            self.input_size = tuple(decoder['input_size'])
        scope = whole.get('default_scope', 'mmpose')
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(cfg)
        if not isinstance(model, TopdownPoseEstimator) or not model.with_head:
            raise ValueError(
                f'{self.config}: a teacher must be a TopdownPoseEstimator '
                f'with a head, got {type(model).__name__}'
            )
        self._load(model)
        return model.eval().requires_grad_(False)

    def _read_config(self) -> Config:
        if '::' in self.config:
            return get_config(self.config)
        if not Path(self.config).is_file():
            raise FileNotFoundError(
                f'{self.config}: no such config of a teacher; give the '
                "model's teacher.config the path of one"
            )
        return Config.fromfile(self.config)

    def _load(self, model: TopdownPoseEstimator) -> None:
        """Give the model all of its weights, or say which are not there.

        What else the file holds, such as an optimiser, is left.
        """
        path = self.checkpoint
        if '://' not in path and not Path(path).is_file():
            raise FileNotFoundError(
                f'{path}: no such checkpoint of a teacher; train {self.config}'
                " first, or give the model's teacher.checkpoint another path"
            )
        try:
            state = CheckpointLoader.load_checkpoint(path, 'cpu')
            state = state.get('state_dict', state)
            # a model of MMPose renames what older versions have saved
            missing = model.load_state_dict(state, strict=False).missing_keys
        except Exception as error:  # torch raises what it likes
            raise ValueError(
                f'{path}: not a checkpoint of {self.config} ({error})'
            ) from error
        missing = [k for k in missing if not k.endswith('batches_tracked')]
        if missing:
            raise ValueError(
                f'{path}: not a checkpoint of {self.config}, it lacks '
                f'{len(missing)} of its weights: {", ".join(missing[:4])}'
            )


def _resize(decoder: dict, size: Tuple[int, int]) -> None:
    """Set a codec's input size, and the size of its maps with it."""
    maps = decoder.get('heatmap_size')
    if maps is not None:
        decoder['heatmap_size'] = tuple(
            round(m * new / old)
            for m, new, old in zip(maps, size, decoder['input_size'])
        )
    decoder['input_size'] = size
