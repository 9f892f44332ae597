"""Describe the machine a time was measured on.

Two published times for the same chip differ by 1.7x, so a time without this
record cannot be compared. Nothing here identifies the machine or its owner:
no host name, no user, no path.
"""

import importlib
import os
import platform
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from .cpu_features import cpu_features

ROOT = Path('/')
_GOVERNOR = 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'
UNREADABLE = 'no permission to read it'
_X86_VENDORS = ('GenuineIntel', 'AuthenticAMD')


def describe_device(root: Union[str, Path] = ROOT) -> Dict[str, Any]:
    """Return the environment record of this machine, JSON-able.

    Whatever cannot be read is None (for instance the governor in a virtual
    machine), but for a governor that one may not read: that is
    :data:`UNREADABLE`.

    Args:
        root: folder that holds ``proc`` and ``sys``; another one in tests.
    """
    root = Path(root)
    cpuinfo = _read(root / 'proc/cpuinfo') or ''
    emulated = is_emulated(cpuinfo)  # then the features are the host's
    return dict(
        board=_read(root / 'proc/device-tree/model'),
        cpu=cpu_model(cpuinfo),
        features=[] if emulated else cpu_features(cpuinfo),
        machine=platform.machine(),
        cores=os.cpu_count(),
        usable_cores=_usable_cores(),
        governor=_governor(root),
        load_average=_load_average(root),
        system=platform.system(),
        kernel=platform.release(),
        virtual=is_virtual(root),
        emulated=emulated,
        openmp=_openmp_settings(),
        versions=versions(),
    )


def cpu_model(cpuinfo: str) -> Optional[str]:
    """Return the name of the CPU from the text of ``/proc/cpuinfo``.

    ARM kernels give no name but implementer and part numbers, one pair per
    kind of core (``0x41/0xd0b`` is a Cortex-A76); all kinds are returned.
    """
    names = _fields(cpuinfo, 'model name')
    if names:
        return names[0]
    parts = [
        f'{implementer}/{part}'
        for implementer, part in zip(
            _fields(cpuinfo, 'CPU implementer'), _fields(cpuinfo, 'CPU part')
        )
    ]
    return 'ARM ' + ', '.join(dict.fromkeys(parts)) if parts else None


def is_virtual(root: Union[str, Path] = ROOT) -> bool:
    """Whether this looks like a virtual machine, where times are noisier."""
    flags = _fields(_read(Path(root) / 'proc/cpuinfo') or '', 'flags')
    if flags and 'hypervisor' in flags[0].split():
        return True
    return (Path(root) / 'sys/hypervisor/type').exists()


def is_emulated(cpuinfo: str, machine: Optional[str] = None) -> bool:
    """Whether this process runs under emulation: its times are no latency.

    qemu-user passes the host's ``/proc/cpuinfo`` through, so an ARM process
    that sees an x86 vendor is emulated; so is one with ``QEMU_*`` variables.
    """
    if any(name.startswith('QEMU_') for name in os.environ):
        return True
    machine = platform.machine() if machine is None else machine
    is_arm = machine.startswith(('aarch64', 'arm'))
    vendors = _fields(cpuinfo, 'vendor_id')
    return is_arm and bool(vendors) and vendors[0] in _X86_VENDORS


def versions() -> Dict[str, Optional[str]]:
    """Return the versions of what takes part in a measurement."""
    found = {'python': platform.python_version()}
    for name in ('numpy', 'ncnn', 'cv2'):
        try:
            module = importlib.import_module(name)
        except ImportError:
            found[name] = None
        else:
            found[name] = getattr(module, '__version__', None)
    return found


def _openmp_settings() -> Dict[str, str]:
    """Return the environment variables that steer the threads of ncnn."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(('OMP_', 'GOMP_', 'KMP_'))
    }


def _fields(cpuinfo: str, key: str) -> List[str]:
    """Return all values of ``key : value`` lines, in order."""
    pairs = (line.partition(':') for line in cpuinfo.splitlines())
    return [value.strip() for name, _, value in pairs if name.strip() == key]


def _read(path: Path) -> Optional[str]:
    """Return the text of a small system file, None if it cannot be read."""
    try:
        return path.read_text(errors='replace').strip('\0\n ') or None
    except OSError:
        return None


def _governor(root: Path) -> Optional[str]:
    """Policy of the first core's clock; not to know it spoils times."""
    try:
        return (root / _GOVERNOR).read_text().strip() or None
    except PermissionError:
        return UNREADABLE
    except OSError:
        return None


def _load_average(root: Path) -> Optional[List[float]]:
    """Return the load over 1, 5 and 15 minutes."""
    text = _read(root / 'proc/loadavg')
    return [float(value) for value in text.split()[:3]] if text else None


def _usable_cores() -> Optional[int]:
    """Return how many cores this process may run on."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()
