"""Being told to stop, in whichever way, ends like Ctrl-C."""

import contextlib
import signal
from typing import Any, Iterator


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let ``kill``, ``timeout`` and a lost connection raise
    KeyboardInterrupt, as Ctrl-C does, so that what is there can be kept;
    what ``nohup`` ignores stays ignored."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {}
    for name in ('SIGTERM', 'SIGHUP'):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
