"""The table and the plots of a study, from the records in its folder.

``python -m mmpose_lightkpt.study.report STUDY OUT`` writes them. It is a
process of its own because it needs MMPose, which the study itself does not
hold on to for hours.
"""

import sys
from pathlib import Path, PurePath
from typing import Any, Dict, Iterator, List, Optional, Tuple

from mmpose_lightkpt.deploy.results import load_record, write_atomically
from mmpose_lightkpt.evaluation import (
    Rung,
    ablation_table,
    ladder_points,
    ladder_table,
    read_record,
    reference_ms,
    reference_rung,
    reliability_curves,
)
from mmpose_lightkpt.visualization import calibration_plot, ladder_plot

from .layout import BENCHMARK, CALIBRATION, EVALUATION, LADDER, MISSING, TABLE
from .plan import CONTROL, Run, Study
from .prepared import ROOT
from .study_file import load_study

Records = Dict[str, Dict[str, Any]]


def write_report(study: Study, out: Path) -> List[str]:
    """Write ``table.md``, ``ladder.png`` and ``calibration.png``.

    What is not measured yet is left out and named.

    Args:
        study: the study.
        out: its folder.

    Returns:
        One line for each thing that is missing.
    """
    records, benchmark = dict(_records(study, out)), _benchmark(out)
    pictures = _draw(study, records, benchmark, out)
    text = report_text(study, records, benchmark, pictures)
    write_atomically(out / TABLE, text.encode())
    return _missing(study, records, benchmark)


def _missing(
    study: Study, records: Records, benchmark: Optional[Dict[str, Any]]
) -> List[str]:
    """One line for each thing that is not measured."""
    missing = [
        f'{run.name} is not judged'
        for run in study.runs
        if run.name not in records
    ]
    if benchmark is None:
        missing.append('no times: run the step benchmark')
    return missing


def _draw(
    study: Study,
    records: Records,
    benchmark: Optional[Dict[str, Any]],
    out: Path,
) -> List[str]:
    """Draw what can be drawn; Markdown of each picture."""
    for name in (LADDER, CALIBRATION):  # what is not drawn now is outdated
        (out / name).unlink(missing_ok=True)
    rungs, shown = _rungs(study, records, 'rungs'), []
    # of these, whoever has a time of its own is a point
    plotted = rungs + [
        one
        for one in _rungs(study, records, 'ablations')
        if study.run(one.name).like
    ]
    points = ladder_points(
        plotted, benchmark, study.metric, threads=study.threads
    )
    if points:
        whole = reference_rung(rungs, benchmark)
        ladder_plot(
            points,
            out / LADDER,
            study.ylabel,
            reference_ms(benchmark, threads=study.threads),
            study.title,
            f'forward of {whole}' if whole else 'bare backbone',
            _lines(study),
        )
        shown.append(f'![{study.ylabel} against latency]({LADDER})')
    curves = reliability_curves(rungs)
    if curves:
        calibration_plot(curves, out / CALIBRATION)
        shown.append(f'![What the scores are worth]({CALIBRATION})')
    return shown


def report_text(
    study: Study,
    records: Records,
    benchmark: Optional[Dict[str, Any]],
    pictures: List[str],
) -> str:
    """Content of table.md: what the records say, and nothing else.

    Args:
        study: the study.
        records: evaluation record of each run that has been judged.
        benchmark: record of all times, if there is one.
        pictures: Markdown of each.
    """
    path = (
        study.path.relative_to(ROOT)
        if ROOT in study.path.parents
        else (study.path.name)
    )
    told = (_hours, _start, _untrained)
    parts = [
        f'# {study.title}',
        f'`python tools/run_study.py {path} --out DIR`: '
        + ' '.join(filter(None, (tell(study, records) for tell in told))),
        ladder_table(
            _rungs(study, records, 'rungs'), benchmark, study.threads
        ),
        *pictures,
        *_ablations(study, records, benchmark),
    ]
    missing = _missing(study, records, benchmark)
    if missing:
        parts.append('Not there yet: ' + '; '.join(missing) + '.')
    return '\n\n'.join(parts) + '\n'


def _hours(study: Study, records: Records) -> str:
    """How long its trainings took; nothing where all weights were there."""
    trained = [run.name for run in study.runs if not run.checkpoint]
    hours = sum(
        records[name]['details'].get('training_hours') or 0
        for name in trained
        if name in records
    )
    if not trained:
        return ''
    return (
        f'{hours:.1f} hours of training in all. Weights are those after the '
        'last epoch.'
    )


def _start(study: Study, records: Records) -> str:
    if study.start_from is None:
        return ''
    return (
        'Each rung started from the weights, as far as they fit, of its '
        f'namesake in the study {study.start_from}, whose hours are not '
        'counted here.'
    )


def _untrained(study: Study, records: Records) -> str:
    """Which rungs were not trained, and whose weights they have."""
    weights: Dict[str, List[str]] = {}
    sources: Dict[str, str] = {}
    for run in study.runs:
        if run.checkpoint:
            weights.setdefault(run.checkpoint, []).append(run.name)
            details = records.get(run.name, {}).get('details', {})
            if details.get('source'):
                origin = f', imported from {details["source"]}'
                sources[run.checkpoint] = origin
    told = [
        f'{", ".join(names)} ({PurePath(path).name}{sources.get(path, "")})'
        for path, names in weights.items()
    ]
    return f'Not trained in this study: {"; ".join(told)}.' if told else ''


def _lines(study: Study) -> List[List[str]]:
    """Names of the rungs of each line of the plot."""
    lines: Dict[str, List[str]] = {}
    for run in study.select(['rungs']):
        if run.line and run.name == run.rung:
            lines.setdefault(run.line, []).append(run.name)
    return list(lines.values())


def _ablations(
    study: Study, records: Records, benchmark: Optional[Dict[str, Any]]
) -> Iterator[str]:
    """Heading and table of the ablations of each kind, if any was judged."""
    runs = study.select(['ablations'])
    found = _rungs(study, records, 'ablations')
    for like in dict.fromkeys(run.like for run in runs):
        some = [one for run, one in zip(runs, found) if run.like == like]
        if not any(one.records for one in some):
            continue
        if like:
            yield f'## Changes of {like}'
            yield f'Each is trained as {like} is, but for one change.'
            others = _rungs(study, records, 'rungs')
        else:
            starts = sorted({run.start_from for run in runs if not run.like})
            yield '## Ablations'
            yield f'Each starts from the last weights of {", ".join(starts)}.'
            others = some
        (control,) = [one for one in others if one.name == (like or CONTROL)]
        yield ablation_table(some, control, benchmark, study.threads)


def _rungs(study: Study, records: Records, group: str) -> List[Rung]:
    """What the tables show: the runs of a group, seeds taken together."""
    seeds: Dict[str, List[Run]] = {}
    for run in study.runs:
        if run.group == group:
            seeds.setdefault(run.rung, []).append(run)
    return [
        Rung(
            name,
            [records[run.name] for run in runs if run.name in records],
            runs[0].model,
            runs[0].checkpoint is None,
        )
        for name, runs in seeds.items()
    ]


def _records(study: Study, out: Path) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """The record of each run that has been judged."""
    for run in study.runs:
        path = out / run.name / EVALUATION
        if path.is_file():
            yield run.name, read_record(path)


def _benchmark(out: Path) -> Optional[Dict[str, Any]]:
    return (
        load_record(out / BENCHMARK) if (out / BENCHMARK).is_file() else None
    )


def main() -> int:
    """Write the report of ``STUDY OUT``; tell what it lacks."""
    path, out = sys.argv[1:]
    try:
        for line in write_report(load_study(path), Path(out)):
            sys.stdout.write(f'{MISSING}{line}\n')
    except (ValueError, OSError, ImportError) as error:
        sys.stderr.write(f'error: {error}\n')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
