"""Which cores a model runs on: a board's big ones, its little ones, or some.

Processes inherit the choice, so a network is only made when it holds: ncnn
picks its kernels by the core that it is made on.
"""

import contextlib
import os
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Union

ROOT = Path('/')
_SPEEDS = ('cpu_capacity', 'cpufreq/cpuinfo_max_freq')


def choose_cores(
    text: str,
    root: Union[str, Path] = ROOT,
    usable: Optional[Sequence[int]] = None,
) -> List[int]:
    """Cores by name or number.

    Args:
        text: ``'all'``, ``'big'`` (the fastest kind), ``'little'`` (the
            slowest kind), or numbers as in ``'0,2-3'``.
        root: folder that holds ``sys``; another one in tests.
        usable: cores that this process may use; asked if None.

    Returns:
        Numbers of cores, ascending.

    Raises:
        ValueError: no such core, no two kinds of cores, or no such choice
            on this system.

    Example:
        >>> choose_cores('0,2-3', usable=[0, 1, 2, 3])
        [0, 2, 3]
    """
    if usable is None:
        if not hasattr(os, 'sched_getaffinity'):
            raise ValueError('cores can only be chosen on Linux')
        usable = os.sched_getaffinity(0)
    if text == 'all':
        return sorted(usable)
    if text in ('big', 'little'):
        return _kind(text, Path(root), sorted(usable))
    chosen = _numbers(text)
    missing = sorted(set(chosen) - set(usable))
    if missing:
        raise ValueError(
            f'no core {", ".join(map(str, missing))}: this process may use '
            + ', '.join(map(str, sorted(usable)))
        )
    return chosen


def _kind(text: str, root: Path, usable: Sequence[int]) -> List[int]:
    kinds = _cores_by_speed(root, usable)
    if len(kinds) < 2:
        raise ValueError(
            f'no {text} cores: this machine tells of one kind only; give '
            'numbers, as in 0,2-3'
        )
    return kinds[max(kinds) if text == 'big' else min(kinds)]


def _cores_by_speed(root: Path, usable: Sequence[int]) -> Dict[int, List[int]]:
    """Speed -> cores, by the first file that tells it of all of them."""
    for name in _SPEEDS:
        found: Dict[int, List[int]] = {}
        try:
            for core in usable:
                path = root / f'sys/devices/system/cpu/cpu{core}' / name
                found.setdefault(int(path.read_text()), []).append(core)
        except (OSError, ValueError):
            continue
        if len(found) > 1:
            return found
    return {}


def _numbers(text: str) -> List[int]:
    found = set()
    for part in text.split(','):
        first, dash, last = part.partition('-')
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal()):
            raise ValueError(
                "cores must be 'all', 'big', 'little' or numbers as in "
                f'0,2-3, got {text!r}'
            )
        found |= set(range(int(first), int(last) + 1))
    if not found:
        raise ValueError(f'{text!r} names no core')
    return sorted(found)


@contextlib.contextmanager
def bound_to(cores: Optional[Sequence[int]]) -> Iterator[None]:
    """Run this thread, and all processes it starts, on some cores only.

    Args:
        cores: None changes nothing.
    """
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
