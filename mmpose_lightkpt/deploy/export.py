"""From a config and a checkpoint to a bundle that a board can run.

Needs torch, MMPose and pnnx. What is exported is backbone, neck and
``head.forward``; normalisation and decode stay outside, as numpy.
"""

import importlib.metadata
import os
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Dict, Optional, Tuple, Union

import numpy as np
import torch
from torch import Tensor, nn

from . import decoders
from .bundle import ONNX_FILE, PARITY_FILE, sha256
from .export_onnx import write_onnx
from .half_weights import half_weights
from .loadable import check_loadable
from .parity import check_bundle
from .parity_case import ParityCase
from .pipeline import PosePipeline
from .pnnx import convert, find_binary, pnnx_version
from .runtimes.engines import check_installed
from .runtimes.ncnn import (
    BIN_FILE,
    FP16_BIN_FILE,
    PARAM_FILE,
    check_date,
)
from .source_model import (
    build_model,
    describe_model,
    keep_backbone,
    read_config,
    sample_crops,
)
from .spec import SPEC_FILE, ModelSpec
from .untrained import NOTE, enliven

LOG_FILE = 'export-failed.log'
PACKAGES = (
    'torch',
    'pnnx',
    'ncnn',
    'numpy',
    'mmengine',
    'mmpose',
    'mmpose_lightkpt',
)
ONNX_PACKAGES = ('onnx', 'onnxruntime')
# Crops whose raw outputs are recorded (0.8 MB each at 192x192); of the
# others the decoded keypoints are.
_RECORDED_OUTPUTS = 4


class _Forward(nn.Module):
    """Backbone, neck and head.forward, as one function of the input."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        out = self.model(x, None, mode='tensor')
        if getattr(self.model, 'head', None) is None:
            out = out[-1]  # of a backbone's maps the deepest
        return out if isinstance(out, tuple) else (out,)


def export_ncnn(
    config: Union[str, Path],
    checkpoint: Optional[Union[str, Path]],
    out_dir: Union[str, Path],
    name: Optional[str] = None,
    num_crops: int = 32,
    license: str = 'Apache-2.0',
    backbone_only: bool = False,
    onnx: bool = False,
    lively: bool = False,
) -> Path:
    """Write a bundle: param, bin (fp32 and fp16), parity case and spec.

    The same config, weights and versions give the same files. Files get
    their final names only when all are ready, the spec last.

    Args:
        config: path of a config with a top-down model.
        checkpoint: path of its weights; None exports random weights, which
            serves to time an architecture.
        out_dir: folder of the bundle, made if need be.
        name: model name; the config's by default.
        num_crops: crops of the parity case.
        license: licence of the weights, an SPDX identifier.
        backbone_only: leave neck and head out. Such a bundle finds no
            keypoints; it serves to time what heads are built on.
        onnx: add ``model.onnx``, whose keypoints in ONNX Runtime have to be
            torch's.
        lively: without a checkpoint, weights whose keypoints depend on the
            picture, so that parity means something: see :mod:`.untrained`.

    Returns:
        ``out_dir``.

    Raises:
        FileNotFoundError: config or checkpoint is missing.
        ImportError: pnnx or ncnn is missing, or onnx or onnxruntime where
            they are needed.
        ValueError: the checkpoint does not fit, the config lacks something,
            or ncnn cannot load what pnnx wrote: the message names the keys
            or the layer and line, and the log is kept in ``out_dir``.
    """
    if lively and (checkpoint is not None or backbone_only):
        raise ValueError('export: lively is for whole, untrained models')
    find_binary()
    versions = _versions(onnx)
    cfg = read_config(config)
    model = build_model(cfg, checkpoint)
    model.switch_to_deploy()
    if backbone_only:
        keep_backbone(model)
    fields = describe_model(cfg, model)
    if lively:
        enliven(model, sample_crops(cfg, fields['input_size'], 8)[0])
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    # In the same folder, hence on the same disk: renaming is then atomic.
    with tempfile.TemporaryDirectory(prefix='.export-', dir=out_dir) as work:
        case, shapes = record_case(cfg, model, fields, num_crops)
        if checkpoint is None:
            case = replace(case, source=f'{case.source}, {NOTE}')
        case.save(work)
        macs = _convert(model, fields['input_size'], Path(work), out_dir)
        files = [PARAM_FILE, BIN_FILE, FP16_BIN_FILE, PARITY_FILE]
        if onnx:
            path = Path(work) / ONNX_FILE
            write_onnx(_Forward(model), fields['input_size'], path)
            files.append(ONNX_FILE)
        ModelSpec(
            name=name or _name(config, backbone_only),
            config=Path(config).name,
            output_shapes=shapes,
            macs=macs,
            sha256={f: sha256(Path(work) / f) for f in files},
            versions=versions,
            license=license,
            **fields,
        ).save(work)
        if onnx:
            pipeline = PosePipeline.from_bundle(work, runtime='onnxruntime')
            check_bundle(work, pipeline)
        for file in (*files, SPEC_FILE):
            os.replace(Path(work) / file, out_dir / file)
    (out_dir / LOG_FILE).unlink(missing_ok=True)
    return out_dir


def _name(config: Union[str, Path], backbone_only: bool) -> str:
    return Path(config).stem + ('_backbone' if backbone_only else '')


def _version(package: str) -> str:
    if package == 'pnnx':
        return pnnx_version()
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        if package == 'mmpose_lightkpt':  # run from a checkout
            from .. import __version__

            return __version__
        raise ImportError(f'exporting needs {package}') from None


def _versions(onnx: bool) -> Dict[str, str]:
    """Of all that makes a bundle, which must fit together."""
    if onnx:
        check_installed(['onnxruntime'])
    versions = {p: _version(p) for p in PACKAGES + ONNX_PACKAGES * onnx}
    check_date(versions['ncnn'], versions['pnnx'])
    return versions


def _convert(
    model: nn.Module, input_size: Tuple[int, int], work: Path, out_dir: Path
) -> Optional[int]:
    """Trace, convert and try to load; keep the log when that fails.

    Returns:
        The MACs that pnnx counts.
    """
    width, height = input_size
    torchscript = work / 'traced.pt'
    with warnings.catch_warnings():
        # Shapes become constants, as they should: the input's size is fixed.
        warnings.simplefilter('ignore')
        traced = torch.jit.trace(
            _Forward(model),
            torch.zeros(1, 3, height, width),
            check_trace=False,
        )
        traced.save(str(torchscript))
    done = None
    try:
        for fp16, name in ((True, FP16_BIN_FILE), (False, BIN_FILE)):
            done = convert(torchscript, input_size, fp16)
            check_loadable(done.param, done.bin, input_size)
            os.replace(done.bin, work / name)
        os.replace(done.param, work / PARAM_FILE)  # the same of both
        (work / FP16_BIN_FILE).write_bytes(half_weights(work))
        check_loadable(work / PARAM_FILE, work / FP16_BIN_FILE, input_size)
    except ValueError as error:
        log = f'{error}\n\n{done.log if done else ""}'
        (out_dir / LOG_FILE).write_text(log, 'utf-8')
        raise ValueError(
            f'export: {error}\n(all of it in {out_dir / LOG_FILE})'
        ) from error
    return done.macs


@torch.no_grad()
def record_case(
    cfg, model: nn.Module, fields: Dict, num_crops: int
) -> Tuple[ParityCase, Tuple[Tuple[int, ...], ...]]:
    """Run crops through torch, with the config's own preprocessor.

    Returns:
        The parity case and the shape of each output without batch axis.

    Raises:
        ValueError: the outputs are not those of the decoder, or their number
            of joints is not the dataset's.
    """
    crops, source = sample_crops(cfg, fields['input_size'], num_crops)
    forward, runs = _Forward(model), []
    for crop in crops:  # one by one, as a board does
        image = torch.from_numpy(crop.transpose(2, 0, 1).copy())
        x = model.data_preprocessor(dict(inputs=[image], data_samples=[]))
        x = x['inputs']
        if isinstance(x, (list, tuple)):
            x = torch.stack(list(x))
        runs.append([out.numpy() for out in forward(x)])
    outputs = [np.concatenate(out) for out in zip(*runs)]
    keypoints, scores = decoders.decode_people(fields['decoder'], outputs)
    margins = decoders.decode_margins(fields['decoder'], outputs)
    names = fields['keypoint_names']
    if keypoints.shape[2] != len(names):
        raise ValueError(
            f'export: the model gives {keypoints.shape[2]} keypoints, its '
            f'dataset has {len(names)} ({", ".join(names[:3])}, ...)'
        )
    case = ParityCase(
        crops=crops,
        outputs=tuple(out[:_RECORDED_OUTPUTS] for out in outputs),
        keypoints=keypoints.reshape(len(crops), -1, 2),
        scores=scores.reshape(len(crops), -1),
        margins=margins.reshape(len(crops), -1),
        source=source,
    )
    return case, tuple(out.shape[1:] for out in outputs)
