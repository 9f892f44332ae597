"""What is to be timed: models, engines, precisions and threads, combined."""

from pathlib import Path
from typing import List, NamedTuple, Sequence

from .runtimes.engines import ENGINES, NCNN, get_engine
from .spec import SPEC_FILE, ModelSpec


class Case(NamedTuple):
    """One thing to time."""

    model: str
    """Name shown in the table."""
    folder: Path
    threads: int
    precision: str
    runtime: str = NCNN
    zero_weights: bool = False
    """Time the graph with zeros for weights; parity does not apply."""

    def __str__(self) -> str:
        """In a few words, ncnn being understood."""
        engine = '' if self.runtime == NCNN else f'{self.runtime} '
        return f'{self.model} {engine}{self.precision} threads={self.threads}'


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
    itself: its worker will say why. Precisions that an engine lacks are left
    out for that engine; see :func:`check_choices`.
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
        for runtime in runtimes
        for precision in precisions
        if precision in get_engine(runtime).files
        for count in threads
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
    try:
        return ModelSpec.load(folder).name
    except (ValueError, OSError):
        return folder.name
