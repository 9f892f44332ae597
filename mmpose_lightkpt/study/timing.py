"""Time all exported models of a study in one run.

Only times of one run on one machine are comparable, so whenever a model was
added or exported anew, all are timed again.
"""

from pathlib import Path
from typing import Any, Dict, List, Optional

from mmpose_lightkpt.deploy.bundle import sha256
from mmpose_lightkpt.deploy.results import load_record
from mmpose_lightkpt.deploy.spec import SPEC_FILE

from .layout import BENCHMARK, SHARED
from .lock import holder
from .plan import Run, Study
from .steps import StepError, Todo, read_state


def exported(study: Study, out: Path) -> Dict[str, Path]:
    """Bundles that are ready, by run, the reference first."""
    runs: List[Run] = [study.reference] if study.reference else []
    runs += [run for run in study.runs if run.export and run not in runs]
    bundles = {run.name: out / run.name / 'bundle' for run in runs}
    return {
        name: bundle
        for name, bundle in bundles.items()
        if (bundle / SPEC_FILE).is_file()
        and 'export' in read_state(bundle.parent)
    }


def find_timing(study: Study, out: Path) -> Optional[Todo]:
    """The command that times what is exported; None if that is done.

    It runs in the folder of the study.

    Raises:
        StepError: nothing is exported, or other processes are at work on the
            study, which would spoil the times.
    """
    bundles = exported(study, out)
    own = {run.name for run in study.runs}
    if not own.intersection(bundles):
        raise StepError('nothing is exported')
    inputs: Dict[str, Any] = dict(
        threads=study.threads,
        repeats=study.repeats,
        reference=study.reference and study.reference.name,
        bundles={
            name: sha256(bundle / SPEC_FILE)
            for name, bundle in bundles.items()
        },
    )
    if read_state(out / SHARED / 'benchmark').get(
        'benchmark'
    ) == inputs and _is_whole(out):
        return None
    busy = [run.name for run in study.runs if holder(out / run.name)]
    if busy:
        raise StepError(
            f'put off: other processes work on {", ".join(busy)} and would '
            'spoil the times; start it when they are done'
        )
    reference = inputs['reference']
    others = [name for name in bundles if name != reference]
    words = ['tools/benchmark_ncnn.py']
    words += [f'{name}/bundle' for name in others or bundles]
    if others and reference in bundles:
        words += ['--vs', f'{reference}/bundle']
    words += ['--threads', str(study.threads)]
    words += ['--repeats', str(study.repeats), '--out', BENCHMARK]
    return Todo(words, inputs)


def _is_whole(out: Path) -> bool:
    try:
        return load_record(out / BENCHMARK)['complete']
    except (OSError, ValueError):
        return False
