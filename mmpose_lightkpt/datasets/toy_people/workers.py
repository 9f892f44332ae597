"""Work shared out to processes that end with the one that started them."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import cv2


def _leave_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def _start_worker() -> None:
    """Use one core, and do not outlive a parent that was killed."""
    cv2.setNumThreads(1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


@contextmanager
def _without_registration():
    """Keep spawned workers from importing MMPose: they need none of it."""
    name = 'LIGHTKPT_REGISTER'
    before = os.environ.get(name)
    os.environ[name] = '0'
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def open_mapper(workers: int):
    """A lazy map that keeps the order: in this process or in several."""
    if workers == 1:
        yield map
        return
    context = multiprocessing.get_context('spawn')
    with (
        _without_registration(),
        ProcessPoolExecutor(workers, context, _start_worker) as pool,
    ):
        try:
            yield lambda *args: pool.map(*args, chunksize=8)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
