"""One process at a time for each folder of a study."""

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

FILE = '.lock'


class BusyError(RuntimeError):
    """Another process works in the folder."""


@contextmanager
def locked(folder: Path, patience: float = 20.0) -> Iterator[int]:
    """Hold a folder for as long as this process, or a child of it, lives.

    Children that are given the file descriptor keep the lock if this process
    is killed, so that nobody starts beside them.

    Args:
        folder: made if need be.
        patience: seconds to wait, since children of a killed process need a
            moment to end.

    Yields:
        The file descriptor of the lock.

    Raises:
        BusyError: another process holds it; the message names that process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        end = time.monotonic() + patience
        while not _try(handle):
            if time.monotonic() > end:
                raise BusyError(f'process {_read(handle)} works in {folder}')
            time.sleep(0.2)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def holder(folder: Path) -> str:
    """Id of the process that holds a folder; '' if it is free."""
    try:
        handle = os.open(folder / FILE, os.O_RDWR)
    except FileNotFoundError:
        return ''
    try:
        return '' if _try(handle) else _read(handle)
    finally:
        os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(handle: int) -> str:
    return os.pread(handle, 20, 0).decode(errors='replace') or '?'
