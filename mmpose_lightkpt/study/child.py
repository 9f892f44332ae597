"""Run a command in a process that does not outlive this one."""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Sequence

from .prepared import ROOT

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == 'linux' else None
_SECONDS_TO_END = 20


def run_child(
    words: Sequence[str],
    folder: Path,
    log: Path,
    on_line: Callable[[str], None],
    lock: int,
) -> int:
    """Run a script or module of ours; append what it says to a log.

    Args:
        words: script and arguments, or -m, module and arguments.
        folder: where it runs.
        log: its file; earlier content is kept.
        on_line: is given each line of output.
        lock: file descriptor that the child holds as well.

    Returns:
        The exit code, negative for a signal.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open('a', encoding='utf-8', buffering=1) as file:
        file.write(
            f'\n{time.strftime("%F %T")} $ python {shlex.join(words)}\n'
        )
        process = subprocess.Popen(
            [sys.executable, '-u', *_script(words)],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding='utf-8',
            errors='replace',
            pass_fds=(lock,),
            preexec_fn=_end_with_parent,
        )
        try:
            for line in process.stdout:
                file.write(line)
                on_line(line.rstrip())
            return process.wait()
        finally:
            _end(process)


def _script(words: Sequence[str]) -> Sequence[str]:
    if words[0] == '-m':
        return words
    return [str(ROOT / words[0]), *words[1:]]


def _environment() -> dict:
    """Ours, with the package in reach and data where they are from here."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, os.environ.get('PYTHONPATH', '')]
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
        PYTHONWARNINGS='ignore',
        LIGHTKPT_REGISTER='1',
        LIGHTKPT_DATA=os.path.abspath(os.environ.get('LIGHTKPT_DATA', 'data')),
    )


def _end_with_parent() -> None:
    """Have Linux end this process when its parent is killed.

    Else a training would go on unseen, and the next start of the study would
    find its folder taken.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: subprocess.Popen) -> None:
    """Make sure that it is gone, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    process.stdout.close()
