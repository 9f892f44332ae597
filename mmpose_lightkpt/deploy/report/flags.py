"""What speaks against a time, in a few words each."""

from typing import Any, Dict, List, Tuple

from ..rows import whole

SPREAD = 0.1
"""Largest range of the repeats' medians, as a share of the median."""
CV = 0.1
"""Largest coefficient of variation within a process."""
OWN_LOAD = 0.5
"""Load above that of the timed threads which a quiet system makes."""


def row_flags(row: Dict[str, Any], record: Dict[str, Any]) -> Tuple[str, ...]:
    """Name what speaks against a row; a flagged row is shown all the same.

    Flags that the row carries come first (``flags``: names, or names and
    explanations), then what its figures and its record tell.

    Args:
        row: one of the record's rows.
        record: of a benchmark, checked.
    """
    flags = _carried(row.get('flags'))
    total = whole(row['stages'])
    repeats = total['repeats']
    planned = record['plan'].get('repeats')
    spread = (total['high'] - total['low']) / total['median']
    told = any('parity' in flag.lower() for flag in flags)
    if row['parity'].get('passed') is False and not told:
        flags.append('parity failed')
    if 'weights' in record and row['precision'] != 'fp32':
        flags.append('untrained weights: the shift says nothing')
    if not record['complete'] and repeats != planned:
        flags.append(f'interrupted after {repeats} of {planned} repeats')
    elif repeats < 2:
        flags.append('one repeat')
    if spread > SPREAD:
        flags.append(f'repeats differ by {spread:.0%}')
    if total['cv'] > CV:
        flags.append(f'unsteady: CV {total["cv"]:.2f}')
    if _is_busy(record):
        flags.append('other load')
    return tuple(dict.fromkeys(flags))


def _carried(flags: Any) -> List[str]:
    """Flags as the row itself has them."""
    if isinstance(flags, dict):
        return [
            name if value is True else f'{name}: {value}'
            for name, value in flags.items()
            if value is not False and value is not None
        ]
    return [str(flag) for flag in flags] if isinstance(flags, list) else []


def _is_busy(record: Dict[str, Any]) -> bool:
    """Whether more ran than the timed threads themselves."""
    load = record['device'].get('load_average')
    if not isinstance(load, list) or not load:
        return False
    own = max((row['threads'] for row in record['rows']), default=0)
    return isinstance(load[0], (int, float)) and load[0] > own + OWN_LOAD
