"""What a row of a record says, whatever the record's age."""

from typing import Any, Dict, Optional

from .runtimes.engines import NCNN


def runtime_of(row: Dict[str, Any]) -> str:
    """The engine of a row or failure; rows without one are of ncnn."""
    return row.get('runtime') or NCNN


def case_of(row: Dict[str, Any]) -> tuple:
    """What makes a row, a failure or a curve the same case as another."""
    return row['model'], row['precision'], row['threads'], runtime_of(row)


def reference_row(
    row: Dict[str, Any], record: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """The row that another is given a ratio to.

    It is the reference model's, of the same engine, precision and threads.
    Where one model alone was timed with several engines, it is that of the
    first engine.

    Args:
        row: one of the record's rows.
        record: of a benchmark.

    Returns:
        The row, which may be the very same; None if it was not timed.
    """
    rows = record['rows']
    is_alone = len({other['model'] for other in rows}) == 1
    engine = runtime_of(rows[0]) if is_alone else runtime_of(row)
    wanted = record['reference'], row['precision'], row['threads'], engine
    return next((other for other in rows if case_of(other) == wanted), None)
