"""From record files to the three files of a report."""

from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Union

from ..results import check_writable, write_atomically
from .csv_file import format_csv
from .markdown import format_markdown
from .merge import Report, merge
from .page import format_page
from .sources import Sources, read_sources

FILES = ('report.html', 'report.md', 'report.csv')


class Written(NamedTuple):
    """The files of a report, and what the reader should know."""

    files: List[Path]
    notes: List[str]


def build_report(
    paths: Sequence[Union[str, Path]],
    out: Union[str, Path],
    metric: Optional[str] = None,
    title: str = 'Pose models on small devices',
) -> Written:
    """Merge records and write ``report.html``, ``.md`` and ``.csv``.

    The same records give the same bytes. All is formatted before the first
    file is written, and each is there whole or not at all.

    Args:
        paths: record files, and folders to look for records in.
        out: folder of the report; it is made if need be.
        metric: key of the metric that models are compared by.
        title: heading of the report.

    Raises:
        ValueError: a record is damaged, or there is none; nothing is
            written then.
        OSError: something cannot be read or written.
    """
    sources = read_sources(paths)
    report = merge(sources, metric)
    texts = (
        format_page(report, title),
        format_markdown(report, title),
        format_csv(report),
    )
    files = [Path(out) / name for name in FILES]
    for path in files:
        check_writable(path)
    for path, text in zip(files, texts):
        write_atomically(path, text.encode())
    return Written(files, _notes(report, sources))


def _notes(report: Report, sources: Sources) -> List[str]:
    """Say what was left out, and of which models nothing is known."""
    notes = []
    timed = {row.model for row in report.rows}
    judged = {row.model for row in report.rows if row.accuracy}
    unknown = sorted(timed - judged)
    if unknown:
        notes.append(f'no accuracy: {", ".join(unknown)}')
    configs = {Path(s.record['config']).stem for s in sources.evaluations}
    if configs - timed:
        notes.append(f'not timed: {", ".join(sorted(configs - timed))}')
    dropped = sum(len(s.record['rows']) for s in sources.benchmarks)
    dropped -= len(report.rows)
    if dropped:
        notes.append(f'{dropped} times left out: newer ones are here')
    return notes
