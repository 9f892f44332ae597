"""The report as CSV: one line per row, every figure, no formatting."""

import csv
import io
from typing import Any, Dict

from ..results import STAGES
from .escaping import csv_cell
from .merge import Report, Row

_STATISTICS = ('median', 'p90', 'p99', 'min', 'low', 'high', 'cv', 'repeats')


def format_csv(report: Report) -> str:
    """Times in ms, sizes as counted; the first line names the columns.

    Text that a spreadsheet would run as a formula gets an apostrophe.
    """
    lines = [_line(row, report) for row in report.rows]
    names = list(lines[0]) if lines else ['model']
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(csv_cell(name) for name in names)
    writer.writerows(
        [csv_cell(line[name]) for name in names] for line in lines
    )
    return out.getvalue()


def _line(row: Row, report: Report) -> Dict[str, Any]:
    accuracy = row.accuracy
    known = accuracy.metrics if accuracy else {}
    versions = dict(row.device.facts)
    line: Dict[str, Any] = dict(
        model=row.model,
        device=row.device.label,
        input_width=row.input[0],
        input_height=row.input[1],
        runtime=row.runtime,
        threads=row.threads,
        precision=row.precision,
        fps=row.fps,
        total_ratio=row.ratio,
        reference=row.reference,
        **row.facts,
        parity_shift_p99=row.shift,
        parity_passed=None if row.shift is None else row.agrees,
        data=accuracy.data if accuracy else None,
    )
    line.update((key, known.get(key)) for key in report.metrics)
    for stage in STAGES:
        for name in _STATISTICS:
            line[f'{stage}_{name}'] = (row.stages[stage] or {}).get(name)
    line.update(
        flags='; '.join(row.flags),
        device_flags='; '.join(row.device.flags),
        ncnn=versions.get('ncnn'),
        date=row.date,
        record=row.source,
    )
    return line
