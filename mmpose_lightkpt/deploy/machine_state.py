"""What the machine did while something was timed.

One reading before and one after; what lies between says whether a time can
be believed. Reading takes a millisecond or two and happens outside of what is
timed. Whatever this machine does not tell is None, and no flag is raised for
it: most boards hide something.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Union

from .energy import read_energy_j, used_j

try:
    import resource
except ImportError:  # Windows
    resource = None

ROOT = Path('/')
_JIFFIES = ('user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq')
_JIFFIES += ('steal',)


class Reading(NamedTuple):
    """The machine at one moment; counters since it started."""

    wall_s: float
    own_cpu_s: float
    """Of this process, all threads."""
    involuntary_switches: Optional[int]
    """Of this process: another one wanted the core."""
    busy_s: Optional[float]
    """Of all cores, this process included."""
    steal_s: Optional[float]
    """That the host of a virtual machine gave to others."""
    clock_mhz: Optional[float]
    """Mean of the cores that this process may use."""
    temperature_c: Optional[float]
    """Of the hottest zone."""
    throttled: Optional[int]
    """0 if nothing holds the clock down; the firmware's bits on a Pi."""
    energy_j: Optional[float]
    """Of the whole processor, idle cores included; see :mod:`.energy`."""


def read_machine(root: Union[str, Path] = ROOT) -> Reading:
    """Read counters, clocks and temperatures.

    Args:
        root: folder that holds ``proc`` and ``sys``; another one in tests.
    """
    root = Path(root)
    cpu = os.times()
    stat = _proc_stat(root)
    switches = None
    if resource is not None:
        switches = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    return Reading(
        wall_s=time.perf_counter(),
        own_cpu_s=cpu.user + cpu.system,
        involuntary_switches=switches,
        busy_s=stat
        and sum(stat[k] for k in ('user', 'system', 'nice'))
        + stat['irq']
        + stat['softirq'],
        steal_s=stat and stat['steal'],
        clock_mhz=_clock_mhz(root),
        temperature_c=_temperature_c(root),
        throttled=_throttled(root),
        energy_j=read_energy_j(root),
    )


def difference(before: Reading, after: Reading) -> Dict[str, Any]:
    """What happened between two readings, JSON-able.

    Returns:
        ``wall_s``, ``own_cpu_s``, ``involuntary_switches``, ``other_cpu_s``
        (of all other processes), ``steal_s``, ``clock_mhz`` and
        ``temperature_c`` (before, after), ``throttled`` and ``energy_j``
        (used); None each where the machine does not tell.
    """
    own = after.own_cpu_s - before.own_cpu_s
    busy = _minus(after.busy_s, before.busy_s)
    return dict(
        wall_s=after.wall_s - before.wall_s,
        own_cpu_s=own,
        involuntary_switches=_minus(
            after.involuntary_switches, before.involuntary_switches
        ),
        other_cpu_s=None if busy is None else max(0.0, busy - own),
        steal_s=_minus(after.steal_s, before.steal_s),
        clock_mhz=[before.clock_mhz, after.clock_mhz],
        temperature_c=[before.temperature_c, after.temperature_c],
        throttled=after.throttled,
        energy_j=used_j(before.energy_j, after.energy_j),
    )


def _minus(a: Optional[float], b: Optional[float]) -> Optional[float]:
    return None if a is None or b is None else a - b


def _read(path: Path) -> Optional[str]:
    try:
        return path.read_text(errors='replace').strip()
    except OSError:
        return None


def _numbers(paths: List[Path]) -> List[float]:
    """What can be read as a number of some files."""
    found = []
    for path in paths:
        try:
            found.append(float(_read(path) or ''))
        except ValueError:
            continue
    return found


def _proc_stat(root: Path) -> Optional[Dict[str, float]]:
    """Seconds of all cores together, by what they were spent on."""
    first = (_read(root / 'proc/stat') or '').split('\n')[0].split()
    if len(first) < 1 + len(_JIFFIES) or first[0] != 'cpu':
        return None
    ticks = os.sysconf('SC_CLK_TCK')
    return {k: int(n) / ticks for k, n in zip(_JIFFIES, first[1:])}


def _clock_mhz(root: Path) -> Optional[float]:
    cores = range(os.cpu_count() or 1)
    if hasattr(os, 'sched_getaffinity'):
        cores = sorted(os.sched_getaffinity(0))
    folder = root / 'sys/devices/system/cpu'
    khz = _numbers(
        [folder / f'cpu{i}/cpufreq/scaling_cur_freq' for i in cores]
    )
    return sum(khz) / len(khz) / 1e3 if khz else None


def _temperature_c(root: Path) -> Optional[float]:
    zones = _numbers(sorted((root / 'sys/class/thermal').glob('*/temp')))
    return max(zones) / 1e3 if zones else None


def _throttled(root: Path) -> Optional[int]:
    """The Pi's firmware bits of now, else how far the kernel cools."""
    if root == ROOT:
        bits = _firmware_bits()
        if bits is not None:
            return bits
    devices = (root / 'sys/class/thermal').glob('cooling_device*')
    states = [
        path / 'cur_state'
        for path in sorted(devices)
        if 'cpu' in (_read(path / 'type') or '').lower()
    ]
    found = _numbers(states)
    return int(max(found)) if found else None


def _firmware_bits() -> Optional[int]:
    """Bits 0 to 3 of ``vcgencmd get_throttled``: they tell of now."""
    try:
        done = subprocess.run(
            ['vcgencmd', 'get_throttled'],
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
        return int(done.stdout.strip().partition('=')[2], 16) & 0xF
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
