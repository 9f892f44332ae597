"""What speaks against a time: flags of a row, from the readings beside it.

A flagged row is shown all the same. Each limit is of the shares that a quiet
board stays under; see :mod:`.machine_state` for what is read.
"""

from typing import Any, Dict, List, Optional, Sequence, Union

OTHER_LOAD = 0.1
"""Cores that other processes kept busy."""
STEAL = 0.02
"""Share of the time that the host of a virtual machine took."""
SWITCHES_PER_S = 20.0
"""Involuntary switches of the process, each second."""
CLOCK = 0.05
"""Change of the clock, relative to the slower one."""
SHORTEST_S = 0.2
"""Counters of shorter times are too coarse: they tick a hundred times a
second."""
GAP = 0.1
"""Gap between two groups of repeats, relative to the median."""


def find_flags(
    readings: Sequence[Optional[Dict[str, Any]]],
    medians: Sequence[float],
    device: Dict[str, Any],
) -> Dict[str, Union[str, bool]]:
    """Name what speaks against a row, and by how much.

    Args:
        readings: what :func:`.machine_state.difference` found in each
            repeat; None for one without.
        medians: of the whole pipeline in each repeat, ms.
        device: what :func:`.device.describe_device` found.

    Returns:
        Flag -> explanation (of the worst repeat) or True; {} is good.
    """
    found = [reading for reading in readings if reading]
    flags = {
        'other load': _other_load(found),
        'time stolen by the host': _steal(found),
        'switched out': _switches(found),
        'clock moved': _clock(found),
        'throttled': _throttled(found),
        'two kinds of repeats': _bimodal(medians),
        'emulated': 'not a latency' if device.get('emulated') else '',
        'virtual machine': bool(device.get('virtual')),
    }
    return {name: text for name, text in flags.items() if text}


def parity_flags(
    parity: Dict[str, Any], quantisation: Optional[Dict[str, Any]] = None
) -> Dict[str, Union[str, bool]]:
    """Name what speaks against the keypoints of a row that is shown anyway.

    Args:
        parity: :meth:`.parity.ParityResult.to_dict`, or {}.
        quantisation: what :func:`.int8.read_facts` found, {} or None.
    """
    flags: Dict[str, Union[str, bool]] = {}
    if parity.get('passed') is False:
        flags['PARITY FAILED'] = (
            f'p99 {parity["shift_p99"]:.2f} px, {parity["share_over"]:.0%} of '
            f'joints over {parity["bound"]:g} px'
        )
    if (quantisation or {}).get('judged_by_them'):
        flags['calibrated on the crops that judge it'] = True
    return flags


def _per_second(readings: Sequence[Dict[str, Any]], key: str) -> float:
    """The largest rate of a counter; 0 where nothing tells."""
    return max(
        (
            reading[key] / reading['wall_s']
            for reading in readings
            if reading.get(key) is not None and reading['wall_s'] >= SHORTEST_S
        ),
        default=0.0,
    )


def _other_load(readings: Sequence[Dict[str, Any]]) -> str:
    cores = _per_second(readings, 'other_cpu_s')
    return f'{cores:.1f} cores busy' if cores > OTHER_LOAD else ''


def _steal(readings: Sequence[Dict[str, Any]]) -> str:
    share = _per_second(readings, 'steal_s')
    return f'{share:.0%}' if share > STEAL else ''


def _switches(readings: Sequence[Dict[str, Any]]) -> str:
    rate = _per_second(readings, 'involuntary_switches')
    return f'{rate:.0f} times a second' if rate > SWITCHES_PER_S else ''


def _clock(readings: Sequence[Dict[str, Any]]) -> str:
    """All repeats' clocks together: they are compared with each other."""
    clocks = [
        mhz
        for reading in readings
        for mhz in reading.get('clock_mhz') or ()
        if mhz
    ]
    if not clocks or max(clocks) <= (1 + CLOCK) * min(clocks):
        return ''
    return f'{min(clocks):.0f} to {max(clocks):.0f} MHz'


def _throttled(readings: Sequence[Dict[str, Any]]) -> str:
    if not any(reading.get('throttled') for reading in readings):
        return ''
    hottest: List[float] = [
        celsius
        for reading in readings
        for celsius in reading.get('temperature_c') or ()
        if celsius is not None
    ]
    return f'at {max(hottest):.0f} C' if hottest else 'the clock is held down'


def _bimodal(medians: Sequence[float]) -> str:
    """Two groups of two repeats or more, with nothing between."""
    values = sorted(medians)
    middle = values[len(values) // 2] if values else 0
    for i in range(2, len(values) - 1):
        if values[i] - values[i - 1] > GAP * middle:
            low, high = values[:i], values[i:]
            inside = max(low[-1] - low[0], high[-1] - high[0])
            if inside < values[i] - values[i - 1]:
                return f'{low[-1]:.2f} and {high[0]:.2f} ms'
    return ''
