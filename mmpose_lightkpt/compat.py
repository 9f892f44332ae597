"""Mend what the released OpenMMLab stack breaks on, and nothing else.

Every workaround is one function that

* names the upstream issue it works around,
* returns True when it had to act and False when its problem is absent
  (a full mmcv, a matching torchvision, a CUDA torch are used as they are),
* may be called twice.

:func:`apply` runs them in order; ``import mmpose_lightkpt`` calls it before
MMPose is imported. ``LIGHTKPT_REGISTER=0`` keeps all of it off.

What cannot be mended from here, because it fails while a config file is
still being read: ``_base_ = ['mmpose::...']`` and mim need
``pkg_resources``, which setuptools 81 warns of and later ones drop
(open-mmlab/mmcv#3325). Install ``setuptools<81``;
``python -m mmpose_lightkpt.doctor`` says so.
"""

import functools
import importlib
import importlib.util
import os
import sys
import types
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pickle import UnpicklingError
from typing import Any, Callable, Dict, List, Tuple

REMEDY = (
    'install the full mmcv in place of mmcv-lite: '
    'pip uninstall mmcv-lite && MMCV_WITH_OPS=1 pip install '
    "--no-build-isolation 'mmcv==2.1.0'"
)

_STATISTICS = ('min', 'max', 'mean', 'current')
_kept_alive: List[Any] = []


def apply() -> Dict[str, bool]:
    """Run every workaround.

    Returns:
        dict: workaround name -> whether it had to act in this call.
    """
    return {fix.__name__: fix() for fix in FIXES}


def declare_torchvision_ops() -> bool:
    """Let a torchvision import whose own operators cannot be loaded.

    PyPI's torchvision is built for CUDA; beside a CPU build of torch its
    library does not load, and the import then ends in ``operator
    torchvision::nms does not exist`` (pytorch/vision#9085). MMPose needs
    only ``torchvision.transforms``, so the two operators that torchvision
    describes at import time are declared, without an implementation.
    """
    import torch

    if 'torchvision' in sys.modules or _torchvision_loads_its_ops(torch):
        return False
    library = torch.library.Library('torchvision', 'FRAGMENT')
    _kept_alive.append(library)  # dropping it would undo the declaration
    for name in ('nms', 'qnms'):
        if not hasattr(torch.ops.torchvision, name):
            library.define(
                f'{name}(Tensor dets, Tensor scores, float iou_threshold)'
                ' -> Tensor'
            )
    return True


def _torchvision_loads_its_ops(torch: types.ModuleType) -> bool:
    """Whether torchvision is absent or its compiled library loads."""
    if hasattr(torch.ops.torchvision, 'nms'):
        return True
    spec = importlib.util.find_spec('torchvision')
    if spec is None or spec.origin is None:
        return True
    folder = os.path.dirname(spec.origin)
    paths = [os.path.join(folder, '_C' + end) for end in EXTENSION_SUFFIXES]
    for path in filter(os.path.exists, paths):
        try:
            torch.ops.load_library(path)
            return True
        except (ImportError, OSError):
            return False
    return False


def stand_in_for_mmcv_ops() -> bool:
    """Put a stand-in where mmcv-lite lacks its compiled ``mmcv._ext``.

    mmcv-lite ships ``mmcv/ops/*.py`` but not the library behind them, so
    ``import mmpose.models`` fails (open-mmlab/mmcv#3181), although the
    models of MMPose that use a compiled operator are few. The stand-in
    works out ``nms`` in plain torch (which ``batched_nms`` calls as well)
    and raises for every other operator when it is *called*.
    ``mmcv.utils.check_ops_exist`` keeps answering False.
    """
    if 'mmcv._ext' in sys.modules:
        return False
    if importlib.util.find_spec('mmcv') is None:
        return False
    if importlib.util.find_spec('mmcv._ext') is not None:
        return False
    import mmcv

    module = types.ModuleType('mmcv._ext', 'Stand-in, see compat.py.')
    module.__spec__ = ModuleSpec('mmcv._ext', loader=None)
    module.nms = nms
    module.get_compiler_version = lambda: 'n/a (mmcv-lite)'
    module.get_compiling_cuda_version = lambda: 'n/a (mmcv-lite)'
    module.__getattr__ = _missing_op
    sys.modules['mmcv._ext'] = mmcv._ext = module
    return True


def _missing_op(name: str) -> Callable:
    """Module-level ``__getattr__``: a function that raises when called."""
    if name.startswith('__'):
        raise AttributeError(name)

    def missing(*args, **kwargs):
        raise NotImplementedError(
            f"the compiled operator '{name}' of mmcv.ops is not part of "
            f'mmcv-lite; {REMEDY}'
        )

    missing.__name__ = missing.__qualname__ = name
    return missing


def nms(bboxes, scores, iou_threshold: float, offset: int = 0):
    """Non-maximum suppression with mmcv's signature, in plain torch.

    Args:
        bboxes (Tensor): (N, 4) boxes x1, y1, x2, y2.
        scores (Tensor): (N,).
        iou_threshold: a box is dropped when its IoU with a kept box of
            higher score is greater than this.
        offset: 0 or 1, a box is ``x2 - x1 + offset`` wide.

    Returns:
        Tensor: int64 indices of the kept boxes, best score first.
    """
    import torch

    lower, upper = bboxes[:, :2], bboxes[:, 2:]
    area = (upper - lower + offset).prod(1)
    order = scores.argsort(descending=True, stable=True)
    kept = []
    while order.numel():
        best, order = order[0], order[1:]
        kept.append(best)
        corner = torch.maximum(lower[best], lower[order])
        inside = torch.minimum(upper[best], upper[order])
        overlap = (inside - corner + offset).clamp(min=0).prod(1)
        union = area[best] + area[order] - overlap
        order = order[overlap <= iou_threshold * union]
    return torch.stack(kept) if kept else order


def allow_checkpoint_types() -> bool:
    """Name the harmless types that MMEngine's checkpoints hold.

    From 2.6 on, ``torch.load`` refuses all but tensors and plain Python
    types (open-mmlab/mmengine#1655), so resuming, testing and loading any
    checkpoint of MMPose's zoo fail. The protection stays on: numpy arrays,
    scalars and dtypes and MMEngine's HistoryBuffer are added to its list,
    under the names that numpy 1 and numpy 2 give them. A HistoryBuffer
    names its four statistics through ``getattr``, which would be a hole: a
    narrow function stands in for it, in such files only.
    """
    import torch

    if _version(torch.__version__) < (2, 6):
        return False
    import numpy as np
    from mmengine.logging.history_buffer import HistoryBuffer

    core = 'numpy.core' if np.__version__ < '2' else 'numpy._core'
    multiarray = importlib.import_module(f'{core}.multiarray')
    allowed: List[Any] = [HistoryBuffer, np.ndarray, np.dtype]
    for function in (multiarray._reconstruct, multiarray.scalar):
        for package in ('numpy.core', 'numpy._core'):
            allowed.append(
                (function, f'{package}.multiarray.{function.__name__}')
            )
    allowed += {type(np.dtype(code)) for code in '?bBhHiIlLqQefdUS'}
    allowed.append((_statistic_of_history, 'builtins.getattr'))
    torch.serialization.add_safe_globals(allowed)
    return True


def _statistic_of_history(owner: type, name: str) -> Callable:
    """What ``getattr`` may do in a checkpoint."""
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in _STATISTICS:
        raise UnpicklingError(
            f'a checkpoint may not take {name!r} of {owner!r}'
        )
    return getattr(owner, name)


def start_distributed_without_cuda() -> bool:
    """Let several processes train on a machine without an accelerator.

    MMEngine's launcher calls ``torch.cuda.set_device`` whatever the backend
    (the lines are those of open-mmlab/mmengine#973), and its Runner gives
    the device id to the data-parallel wrapper, which refuses it for a model
    in main memory. Only the ``pytorch`` launcher is mended, only on a
    machine where MMEngine itself says that there is nothing but a CPU.
    """
    import torch
    from mmengine.device import get_device
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    if get_device() != 'cpu' or hasattr(utils._init_dist_pytorch, 'mended'):
        return False

    def init_dist_pytorch(
        backend: str, init_backend: str = 'torch', **kwargs
    ) -> None:
        if init_backend != 'torch':
            raise ValueError(
                f"init_backend '{init_backend}' needs an "
                "accelerator; without one use 'torch'"
            )
        if backend == 'nccl':
            raise ValueError(
                "dist_cfg backend 'nccl' needs CUDA, which this machine has "
                "not; write env_cfg = dict(dist_cfg=dict(backend='gloo'))"
            )
        torch.distributed.init_process_group(backend=backend, **kwargs)

    wrap_model = MMDistributedDataParallel.__init__

    @functools.wraps(wrap_model)
    def without_device_ids(self, module, *args, **kwargs):
        if all(p.device.type == 'cpu' for p in module.parameters()):
            kwargs.pop('device_ids', None)
        wrap_model(self, module, *args, **kwargs)

    init_dist_pytorch.mended = True
    utils._init_dist_pytorch = init_dist_pytorch
    MMDistributedDataParallel.__init__ = without_device_ids
    return True


def _version(text: str) -> Tuple[int, int]:
    """(major, minor) of a version such as '2.13.0+cpu'."""
    major, minor = text.split('.')[:2]
    return int(major), int(minor)


FIXES = (
    declare_torchvision_ops,
    stand_in_for_mmcv_ops,
    allow_checkpoint_types,
    start_distributed_without_cuda,
)
