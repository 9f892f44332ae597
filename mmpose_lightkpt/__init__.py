"""Light keypoint models for MMPose (work in progress)."""
import importlib.util
import os

__version__ = '0.1.0'

if (os.environ.get('LIGHTKPT_REGISTER') != '0'
        and importlib.util.find_spec('mmpose') is not None):
    from . import compat  # noqa: F401
    compat.apply()
    from . import codecs, datasets, engine, evaluation, models  # noqa: F401
