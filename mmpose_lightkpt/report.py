"""Merge benchmark records: ``python -m mmpose_lightkpt.report --help``.

The same as ``tools/report.py``, for those who installed the package with
pip.
"""

import argparse
import sys
from pathlib import Path
from typing import Optional, Sequence

from .deploy.report import build_report

EXAMPLES = """examples:
  # records of two boards; accuracies lie beside them or in another folder
  python tools/report.py pi4.json pi5.json docs/results/coco_person --out out

  # everything below a folder, models compared by mean OKS
  python tools/report.py records/ --out report --metric MeanOKS

It writes report.html, a page that needs no network, report.md and report.csv.
Records of times come from tools/benchmark_ncnn.py --out, those of accuracies
from tools/test.py --record. Without a clone, write
`python -m mmpose_lightkpt.report` for tools/report.py.
"""


# fmt: off
def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='report.py', epilog=EXAMPLES, allow_abbrev=False,
        description='Merge benchmark records of several devices into one '
        'page, with the accuracies of the models.',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('records', nargs='+', type=Path, metavar='RECORD_OR_DIR',
        help='record (.json), or folder to look for records in')
    add('--out', type=Path, required=True, metavar='DIR',
        help='folder of the report')
    add('--metric', metavar='KEY',
        help='accuracy to compare by, e.g. coco/AP or MeanOKS (default: the '
        'first known one that most models have)')
    add('--title', default='Pose models on small devices',
        help='heading of the report (default: %(default)s)')
    return parser.parse_args(argv)
# fmt: on


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command line; return the exit code."""
    args = parse_args(argv)
    try:
        written = build_report(args.records, args.out, args.metric, args.title)
    except (ValueError, OSError) as error:
        sys.stderr.write(f'report: error: {error}\n')
        return 1
    for note in written.notes:
        sys.stderr.write(f'note: {note}\n')
    for path in written.files:
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main())
