"""Names within the folder of a study.

A run has a folder of its name; the study's own files lie beside these::

    <run>/train/           work directory of tools/train.py
    <run>/test/            logs of tools/test.py, and the config as changed
    <run>/evaluation.json  its record
    <run>/bundle/          what tools/export_ncnn.py wrote
    <run>/logs/            what the commands said
    <run>/state.json       what each step was done with
    reference/bundle/      the bare backbone
    benchmark.json         the record of the times
    table.md, ladder.png, calibration.png
    study/                 logs and state of the steps that all runs share
"""

import shutil
from pathlib import Path

from .plan import Study

EVALUATION = 'evaluation.json'
BENCHMARK = 'benchmark.json'
TABLE = 'table.md'
LADDER = 'ladder.png'
CALIBRATION = 'calibration.png'
SHARED = 'study'
# How a report begins a line on what it lacks.
MISSING = 'missing: '


def publish(study: Study, out: Path, folder: Path) -> None:
    """Copy records, table and plots to one flat folder.

    Args:
        study: the study.
        out: its folder.
        folder: made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copies = {out / name: name for name in (BENCHMARK, TABLE, LADDER)}
    copies[out / CALIBRATION] = CALIBRATION
    for run in study.runs:
        copies[out / run.name / EVALUATION] = f'{run.name}.json'
    for source, name in copies.items():
        if source.is_file():
            shutil.copyfile(source, folder / name)
