"""Hooks, an optimiser wrapper and file backends that MMEngine lacks."""

from .atomic_backend import AtomicBackend
from .bf16_optim_wrapper import Bf16OptimWrapper
from .channels_last_hook import ChannelsLastHook
from .freeze_hook import FreezeHook
from .keep_memory_hook import KeepMemoryHook
from .resume_seed_hook import ResumeSeedHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .skipped_samples_hook import SkippedSamplesHook
from .stop_on_nan_hook import StopOnNaNHook

__all__ = [
    'AtomicBackend',
    'Bf16OptimWrapper',
    'ChannelsLastHook',
    'FreezeHook',
    'KeepMemoryHook',
    'ResumeSeedHook',
    'SafeCheckpointHook',
    'SkippedSamplesHook',
    'StopOnNaNHook',
]
