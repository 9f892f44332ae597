"""What a model costs before its second image: loading, warmth, memory."""

import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np


def start(
    load: Callable[[], Any], image: np.ndarray, box: Any
) -> Tuple[Any, Dict[str, Optional[float]]]:
    """Load a pipeline and run its first image.

    Args:
        load: returns a pipeline.
        image: uint8 (H, W, 3), BGR.
        box: x1, y1, x2, y2 in pixels of the image, None for all of it.

    Returns:
        The pipeline, and ``load_ms``, ``first_ms`` (pre-processing and
        decoding included), ``peak_memory_bytes`` of the process until then
        and ``model_memory_bytes``, by how much that is above the memory that
        it had before; None where the system does not tell.
    """
    before = _memory_bytes('VmRSS')
    begin = time.perf_counter()
    pipeline = load()
    loaded = time.perf_counter()
    pipeline(image, box)
    done = time.perf_counter()
    peak = _memory_bytes('VmHWM')
    return pipeline, dict(
        load_ms=(loaded - begin) * 1e3,
        first_ms=(done - loaded) * 1e3,
        peak_memory_bytes=peak,
        model_memory_bytes=None if peak is None else max(0, peak - before),
    )


def _memory_bytes(key: str) -> Optional[int]:
    """A line of ``/proc/self/status``, which Linux gives in kB."""
    try:
        text = Path('/proc/self/status').read_text()
    except OSError:
        return None
    for line in text.splitlines():
        name, _, value = line.partition(':')
        if name == key:
            return int(value.split()[0]) * 1024
    return None
