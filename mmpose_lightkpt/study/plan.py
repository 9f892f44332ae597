"""What a study consists of: its runs, and what they share."""

from pathlib import Path
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

CONTROL = 'control'
GROUPS = ('rungs', 'ablations')


class Run(NamedTuple):
    """One model of a study; its folder has its name."""

    name: str
    group: str
    """'rungs', 'ablations', or 'reference', which is exported alone."""
    config: str
    """Name of one of our configs, or a path."""
    rung: str
    """Name of what it is a seed of; its own for ablations."""
    model: str
    """Its name among the exported models."""
    seed: int = 0
    options: Mapping[str, Any] = {}
    """Overrides of the config, by dotted key."""
    codec: Mapping[str, Any] = {}
    """Overrides of the codec, wherever the config uses it."""
    start_from: Optional[str] = None
    """Run whose last weights it starts from: its folder, seen from the
    study's."""
    like: Optional[str] = None
    """Rung that an ablation is trained like, and compared with."""
    export: bool = True
    checkpoint: Optional[str] = None
    """Path of weights that are there; such a run is not trained."""
    line: Optional[str] = None
    """Name of the line of the plot that joins it to others."""


class Study(NamedTuple):
    """A study as its file tells."""

    path: Path
    """Of its file."""
    name: str
    title: str
    metric: str
    ylabel: str
    threads: int
    repeats: int
    reference: Optional[Run]
    """What times are compared with: a backbone, or one of the runs."""
    start_from: Optional[str]
    """Study whose rungs of the same names these start from."""
    runs: Tuple[Run, ...]

    def run(self, name: str) -> Run:
        """The run of a name."""
        return next(run for run in self.runs if run.name == name)

    def select(self, names: Optional[List[str]]) -> Tuple[Run, ...]:
        """Runs by name or group, in the order of the study; None is all.

        Raises:
            ValueError: there is no such run.
        """
        if names is None:
            return self.runs
        known = {run.name for run in self.runs}
        unknown = sorted(set(names) - known - set(GROUPS))
        if unknown:
            raise ValueError(
                f'{self.name} has no {", ".join(unknown)}; it has '
                + ', '.join([*GROUPS, *(run.name for run in self.runs)])
            )
        return tuple(
            run for run in self.runs if run.name in names or run.group in names
        )
