"""What is to be timed: models, engines, precisions and threads, combined."""

from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

from .runtimes.engines import ENGINES, LITERT, NCNN, get_engine
from .runtimes.ncnn import INT8, INT8_PARAM_FILE
from .spec import SPEC_FILE, ModelSpec
from .tflite_model import is_tflite, tflite_facts


class Case(NamedTuple):
    """One thing to time."""

    model: str
    """Name shown in the table."""
    folder: Path
    """Of the bundle; of a ``.tflite``, the file."""
    threads: int
    precision: str
    runtime: str = NCNN
    zero_weights: bool = False
    """Time the graph with zeros for weights; parity does not apply."""

    def __str__(self) -> str:
        """In a few words, ncnn being understood."""
        engine = '' if self.runtime == NCNN else f'{self.runtime} '
        return f'{self.model} {engine}{self.precision} threads={self.threads}'


def is_bundle(case: Case) -> bool:
    """Whether a case has a spec, which a ``.tflite`` file has not."""
    return case.runtime != LITERT


def find_bundles(folder: Path) -> List[Path]:
    """Return the folder if it is a bundle, else the bundles right in it.

    Raises:
        ValueError: if there is none.
    """
    if (folder / SPEC_FILE).exists():
        return [folder]
    found = sorted(spec.parent for spec in folder.glob(f'*/{SPEC_FILE}'))
    if not found:
        raise ValueError(
            f'{folder}: no bundle here (a folder with spec.json, '
            'as tools/export_ncnn.py writes it)'
        )
    return found


def make_cases(
    folders: Sequence[Path],
    threads: Sequence[int],
    precisions: Sequence[str],
    runtimes: Sequence[str] = (NCNN,),
) -> List[Case]:
    """Combine everything with everything, naming models by their spec.

    Models of one name have the name of their folder added, and a number if
    that is the same too. A folder whose spec cannot be read is named by
    itself: its worker will say why; a ``.tflite`` file has the name that it
    has. Precisions that an engine lacks are left
    out for that engine; see :func:`check_choices`. So is int8 of ncnn where
    a bundle has none and another engine has; see :func:`spared`.
    """
    names = [_spec_name(folder) for folder in folders]
    labels: List[str] = []
    for name, folder in zip(names, folders):
        label = name if names.count(name) == 1 else f'{name} ({folder.name})'
        same = sum(other.split(' #')[0] == label for other in labels)
        labels.append(f'{label} #{same + 1}' if same else label)
    return [
        Case(label, folder, count, precision, runtime)
        for label, folder in zip(labels, folders)
        for runtime, precision in _arithmetics(folder, precisions, runtimes)
        for count in threads
    ]


def _arithmetics(
    folder: Path, precisions: Sequence[str], runtimes: Sequence[str]
) -> List[Tuple[str, str]]:
    """Engines and their precisions; a ``.tflite`` file has its own."""
    if is_tflite(folder):
        return [(LITERT, tflite_facts(folder).precision)]
    return [
        (runtime, precision)
        for runtime in runtimes
        for precision in precisions
        if precision in get_engine(runtime).files
        and not _is_spared(folder, runtime, precision, runtimes)
    ]


def _is_spared(
    folder: Path, runtime: str, precision: str, runtimes: Sequence[str]
) -> bool:
    """Whether a bundle lacks ncnn's int8, which another engine here has."""
    if (runtime, precision) != (NCNN, INT8) or is_tflite(folder):
        return False
    others = (get_engine(name) for name in runtimes if name != NCNN)
    is_asked_of_others = any(INT8 in engine.files for engine in others)
    return is_asked_of_others and not (folder / INT8_PARAM_FILE).is_file()


def spared(
    folders: Sequence[Path], precisions: Sequence[str], runtimes: Sequence[str]
) -> List[str]:
    """One line for each bundle that ncnn will not be timed in int8 with."""
    return [
        f'{_spec_name(folder)}: ncnn has no int8: not timed'
        for folder in folders
        if {NCNN} & set(runtimes)
        and INT8 in precisions
        and _is_spared(folder, NCNN, INT8, runtimes)
    ]


def check_choices(
    runtimes: Sequence[str], precisions: Sequence[str]
) -> List[str]:
    """Look for engines and precisions that do not go together.

    Returns:
        One line for each precision that an engine will not be timed in.

    Raises:
        ValueError: an engine has none of the precisions, or a precision no
            engine among those asked for; the message says what has it.
    """
    for name in runtimes:
        if not set(precisions) & set(get_engine(name).files):
            raise ValueError(
                f'--runtime {name} has none of --precision '
                f'{" ".join(precisions)}; it has '
                + ', '.join(get_engine(name).files)
            )
    for precision in precisions:
        having = [n for n, e in ENGINES.items() if precision in e.files]
        if not set(having) & set(runtimes):
            raise ValueError(
                f'--precision {precision} needs --runtime '
                + ' or '.join(having)
            )
    return [
        f'{name} has no {precision}: not timed'
        for name in runtimes
        for precision in precisions
        if precision not in get_engine(name).files
    ]


def _spec_name(folder: Path) -> str:
    if is_tflite(folder):
        return folder.name
    try:
        return ModelSpec.load(folder).name
    except (ValueError, OSError):
        return folder.name
