"""The environment of a process that times: this package, without MMPose."""

import os
from pathlib import Path
from typing import Dict


def worker_environment() -> Dict[str, str]:
    """Variables for a Python process that can import this package."""
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, os.environ.get('PYTHONPATH', '')]
    return dict(
        os.environ,
        LIGHTKPT_REGISTER='0',
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
    )
