"""What there is to say about each codec, loss and head of ours.

One file per method. Each may have ``CODECS``, ``LOSSES`` and ``HEADS``, from
the class's name in MMPose's registry to a list of its cases.
"""

import importlib
import pkgutil
from typing import Dict, List


def merged(kind: str) -> Dict[str, List]:
    """All cases of a kind, ``CODECS``, ``LOSSES`` or ``HEADS``, by class."""
    cases: Dict[str, List] = {}
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f'{__name__}.{found.name}')
        for name, some in getattr(module, kind, {}).items():
            cases.setdefault(name, []).extend(some)
    return cases
