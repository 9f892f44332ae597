"""Light keypoint models for MMPose and small devices.

Importing this package mends the stack (:mod:`.compat`) and registers
everything below in MMPose's registries, when MMPose is installed. Without
MMPose, or with ``LIGHTKPT_REGISTER=0`` in the environment, it imports
nothing, so :mod:`.functional` and :mod:`.deploy` run with numpy and ncnn.

===================  ======================================================
``functional``       numpy: every formula; imports nothing of ours
``codecs``           KEYPOINT_CODECS: keypoints to targets and back
``models``           backbones, necks, heads, losses (torch)
``datasets``         person crops, transforms, metadata, toy people
``evaluation``       metrics
``engine``           hooks
``deploy``           export, parity, ncnn runtime, benchmark
``movenet_import``   Google's MoveNet as a checkpoint of ours
``study``            many models trained, tested and timed by one command
``testing``          contracts any codec, loss or head can be run against
``compat``           workarounds for broken releases around us
``doctor``           ``python -m mmpose_lightkpt.doctor``: what is wrong here
===================  ======================================================
"""

import importlib.util
import os
import sys
import warnings

from .configs_index import config_path, list_configs

__version__ = '0.1.0'
__all__ = ['MMPOSE_READY', 'config_path', 'list_configs']


def _prepare_mmpose() -> bool:
    """Mend the stack and import MMPose; False if there is none that works."""
    if os.environ.get('LIGHTKPT_REGISTER') == '0':
        return False
    if f'{__name__}.doctor' in getattr(sys, 'orig_argv', ()):
        return False  # the doctor must outlive a stack that crashes
    if importlib.util.find_spec('mmpose') is None:
        return False
    try:
        from . import compat

        compat.apply()
        import mmpose.datasets
        import mmpose.evaluation
        import mmpose.models  # noqa: F401
    except Exception as error:
        warnings.warn(
            f'MMPose is installed but does not import ({error!r}), so '
            'nothing was registered; `python -m mmpose_lightkpt.doctor` '
            'tells what to do',
            stacklevel=3,
        )
        return False
    return True


#: Whether MMPose works here, so that its registries hold our classes.
MMPOSE_READY = _prepare_mmpose()

if MMPOSE_READY:
    from . import codecs, datasets, engine, evaluation, models  # noqa: F401
