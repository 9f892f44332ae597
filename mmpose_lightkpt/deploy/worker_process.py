"""A process that times: this package without MMPose, and a clean output."""

import os
import signal
from pathlib import Path
from typing import Dict, TextIO


def worker_environment() -> Dict[str, str]:
    """Variables for a Python process that can import this package."""
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, os.environ.get('PYTHONPATH', '')]
    return dict(
        os.environ,
        LIGHTKPT_REGISTER='0',
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
    )


def end_of(returncode: int) -> str:
    """An exit code, or by its name the signal that ended a process."""
    if returncode >= 0:
        return f'code {returncode}'
    try:
        return signal.Signals(-returncode).name
    except ValueError:  # a number that this system has no name for
        return f'signal {-returncode}'


def claim_stdout() -> TextIO:
    """Keep the standard output for answers alone.

    Whatever else is printed from now on, by an engine's own code too, goes to
    the standard error.
    """
    answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    return answers
