"""Summaries of measured times (numpy only).

Times on a shared machine have a long right tail, so the centre is a median
and the tail is described by percentiles; the mean serves only the coefficient
of variation, which tells a quiet run from a disturbed one.
"""

from typing import NamedTuple, Sequence

import numpy as np


class Summary(NamedTuple):
    """What is kept of many times of one stage, in the unit they came in."""

    median: float
    p90: float
    p99: float
    min: float
    cv: float
    """Standard deviation over mean, without unit."""
    count: int


class RepeatSummary(NamedTuple):
    """What is kept of several runs in fresh processes."""

    median: float
    """Median of the repeats' medians."""
    p90: float
    p99: float
    min: float
    cv: float
    low: float
    """Lowest median of a repeat."""
    high: float
    """Highest median of a repeat."""
    repeats: int


def summarise(times: Sequence[float]) -> Summary:
    """Summarise the times of one stage in one process.

    Args:
        times: at least one finite time >= 0, any unit, any order.

    Raises:
        ValueError: if there is no time, or one is negative or not finite.
    """
    values = np.asarray(times, dtype=np.float64).ravel()
    if values.size == 0:
        raise ValueError('summarise: no times given, at least one is needed')
    if not np.isfinite(values).all() or values.min() < 0:
        raise ValueError(
            'summarise: times must be finite and not negative, '
            f'got a range of {values.min()} to {values.max()}'
        )
    median, p90, p99 = np.percentile(values, (50, 90, 99))
    mean = values.mean()
    return Summary(
        median=float(median),
        p90=float(p90),
        p99=float(p99),
        min=float(values.min()),
        cv=float(values.std() / mean) if mean > 0 else 0.0,
        count=int(values.size),
    )


def summarise_repeats(summaries: Sequence[Summary]) -> RepeatSummary:
    """Combine the summaries of several fresh processes.

    Each statistic is the median over the repeats, so that one disturbed
    process does not move it; the minimum is the lowest of all.

    Raises:
        ValueError: if there is no summary.
    """
    if not summaries:
        raise ValueError(
            'summarise_repeats: no repeats given, at least one is needed'
        )
    medians = [summary.median for summary in summaries]
    return RepeatSummary(
        median=float(np.median(medians)),
        p90=float(np.median([summary.p90 for summary in summaries])),
        p99=float(np.median([summary.p99 for summary in summaries])),
        min=min(summary.min for summary in summaries),
        cv=float(np.median([summary.cv for summary in summaries])),
        low=min(medians),
        high=max(medians),
        repeats=len(summaries),
    )
