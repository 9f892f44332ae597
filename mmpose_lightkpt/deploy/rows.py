"""What a row of a record says, whatever the record's age."""

from typing import Any, Dict, Optional

from .runtimes.engines import LITERT, NCNN


def runtime_of(row: Dict[str, Any]) -> str:
    """The engine of a row or failure; rows without one are of ncnn."""
    return row.get('runtime') or NCNN


def whole(stages: Dict[str, Any]) -> Dict[str, Any]:
    """Statistics of a whole loop, or of the forward pass if that is all."""
    return stages['total'] or stages['forward']


def case_of(row: Dict[str, Any]) -> tuple:
    """What makes a row, a failure or a curve the same case as another."""
    return row['model'], row['precision'], row['threads'], runtime_of(row)


def reference_row(
    row: Dict[str, Any], record: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """The row that another is given a ratio to.

    It is the reference model's, of the same engine, precision and threads.
    Where one model alone was timed with several engines, it is that of the
    first engine. A ``.tflite`` file has one engine and one precision, so on
    either side of it the first row with as many threads counts.

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
    found = next((other for other in rows if case_of(other) == wanted), None)
    if found is not None:
        return found
    return next((o for o in rows if _is_peer_of_file(o, row, wanted)), None)


def _is_peer_of_file(
    other: Dict[str, Any], row: Dict[str, Any], wanted: tuple
) -> bool:
    """Whether another is the reference, and one of the two a file's."""
    model, _, threads, _ = wanted
    return (
        LITERT in (runtime_of(other), runtime_of(row))
        and other['model'] == model
        and other['threads'] == threads
    )
