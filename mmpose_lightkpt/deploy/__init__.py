"""Run exported models; needs numpy and, for inference, ncnn.

Exporting and comparing with torch live in :mod:`.export` and :mod:`.parity`
and are imported from there.
"""

from .bundle import open_bundle
from .pipeline import PosePipeline
from .runtimes import PRECISIONS, NcnnRuntime, Runtime
from .spec import ModelSpec

__all__ = [
    'PRECISIONS',
    'ModelSpec',
    'NcnnRuntime',
    'PosePipeline',
    'Runtime',
    'open_bundle',
]
