"""The median time of a function, and when it was measured."""

import datetime
import time
from typing import Callable

import numpy as np


def median_ms(function: Callable[[], object], rounds: int) -> float:
    """Median over ``rounds`` calls after a tenth as many to warm up."""
    for _ in range(max(1, rounds // 10)):
        function()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        function()
        spent.append(time.perf_counter_ns() - start)
    return float(np.median(spent)) / 1e6


def utc_now() -> str:
    """Date and time, UTC, ISO 8601."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.isoformat(timespec='seconds')
