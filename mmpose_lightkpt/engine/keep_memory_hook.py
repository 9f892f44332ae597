"""Less work for the kernel while training on a CPU."""

import ctypes
import platform

from mmengine.hooks import Hook
from mmpose.registry import HOOKS

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_MIB = 2**20


@HOOKS.register_module()
class KeepMemoryHook(Hook):
    """Have the C library keep the memory that a training step frees.

    glibc gives each tensor of more than 32 MiB, and what is free at the end
    of its heap, back to the kernel at once; the next step gets the same
    pages anew, zeroed one page fault at a time. What that costs depends on
    the machine and on who else asks it for pages: little for a training
    alone (``benchmarks/training_speed.py``), a quarter of the time of two
    side by side on two cores of a virtual machine. The price: until the
    training ends the process holds the memory of its largest step.

    Args:
        cpu_only: whether to leave trainings on other devices alone.
    """

    def __init__(self, cpu_only: bool = True) -> None:
        self.cpu_only = cpu_only

    def before_train(self, runner) -> None:
        """Change the C library's ways, where it is glibc."""
        device = next(runner.model.parameters()).device
        if device.type == 'cpu' or not self.cpu_only:
            keep_freed_memory()


def keep_freed_memory() -> bool:
    """Ask glibc to keep freed memory, for as long as the process lives.

    Returns:
        Whether it does: False with another C library, that of macOS say.
    """
    if platform.libc_ver()[0] != 'glibc':
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = (
        (_M_MMAP_MAX, 0),
        (_M_TRIM_THRESHOLD, 2**31 - 1),
        (_M_TOP_PAD, 64 * _MIB),
    )
    return all(mallopt(*setting) == 1 for setting in settings)
