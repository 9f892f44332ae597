"""What a study consists of, read from its file in ``configs/studies/``.

The file is a config of MMEngine::

    title      heading of the report
    metric     the figure that the plot shows, as the evaluators name it
    ylabel     what it is, in words
    threads    of ncnn, for the times
    repeats    processes that time each model
    reference  rung that all times are compared with, or a config, of which
               the backbone alone is exported, without weights
    rungs      what is compared, see :func:`load_study`
    ablations  variants that start from the weights of a rung, of which one,
               ``control``, changes nothing; or that train like a rung does

Other names in it begin with an underscore.
"""

from pathlib import Path, PurePath
from typing import Any, Dict, List, Mapping, Optional, Union

from mmengine.config import Config

from .overrides import flatten
from .plan import CONTROL, GROUPS, Run, Study

_STUDY = {'title', 'metric', 'ylabel', 'threads', 'repeats', 'reference'}
_STUDY |= {'start_from'}
_RUNG = {'name', 'config', 'seeds', 'options', 'codec', 'checkpoint', 'line'}
_ABLATION = {'name', 'start_from', 'epochs', 'config', 'options', 'codec'}
_ABLATION |= {'export', 'like'}


def load_study(
    path: Union[str, Path], options: Optional[Mapping[str, Any]] = None
) -> Study:
    """Read and check a study.

    A rung is ``dict(name=, config=, seeds=(0,), options={}, codec={},
    checkpoint=None, line=None)``; every further seed is a run of its own,
    called ``<name>-seed<seed>``. A rung with a ``checkpoint``, a path, is not
    trained: what is tested, exported and timed are those weights. Rungs of
    one ``line`` are joined in the plot. With a ``start_from`` the study's
    rungs start from the last weights, those that fit, of the rungs of the
    same names of another study, whose folder lies beside this one's and has
    the name of that study. An ablation is
    ``dict(name=, start_from=<rung>, epochs=, options={}, codec={},
    export=False)`` and takes the config and options of its rung; with a
    ``config`` of its own it takes the weights alone, those that fit. With
    ``like=<rung>`` for ``start_from`` and ``epochs`` it is trained as the
    rung is, weights at first included, and compared with it.

    Args:
        path: the study's file.
        options: overrides of all configs.

    Raises:
        ValueError: the file cannot be read or says what cannot be; the
            message names the file and the entry.
    """
    if not Path(path).is_file():
        raise ValueError(f'{path}: no such study')
    try:
        content = Config.fromfile(
            str(path), import_custom_modules=False
        ).to_dict()
    except Exception as error:  # whatever its lines raise
        raise ValueError(f'{path}: {error}') from error
    try:
        return _study(Path(path).resolve(), content, flatten(options or {}))
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None


def _study(path: Path, content: Dict, options: Dict[str, Any]) -> Study:
    content = {k: v for k, v in content.items() if not k.startswith('_')}
    known = _STUDY.union(GROUPS)
    _check_keys('the study', content, known, {'rungs', 'metric'})
    runs: List[Run] = []
    other = content.get('start_from')
    if other is not None:
        _check_names([other])
    for entry in content['rungs']:
        _check_keys('a rung', entry, _RUNG, {'name', 'config'})
        runs += _rung_runs(entry, options, other)
    rungs = {run.name: run for run in runs}
    for entry in content.get('ablations', ()):
        runs.append(_ablation(entry, rungs, options))
    names = {run.name for run in runs}
    ablations = [run for run in runs if run.group == 'ablations']
    if not all(run.like for run in ablations) and CONTROL not in names:
        raise ValueError(
            f'the ablations lack one called {CONTROL!r}, which changes '
            'nothing: what is more epochs and what is the change?'
        )
    _check_names([run.name for run in runs])
    _check_models(runs)
    return Study(
        path=path,
        name=path.stem,
        title=content.get('title', path.stem),
        metric=content['metric'],
        ylabel=content.get('ylabel', content['metric']),
        threads=content.get('threads', 1),
        repeats=content.get('repeats', 5),
        reference=_reference(content.get('reference'), rungs),
        start_from=other,
        runs=tuple(runs),
    )


def _rung_runs(
    entry: Dict, options: Dict[str, Any], other: Optional[str]
) -> List[Run]:
    """One run per seed."""
    name, seeds = entry['name'], entry.get('seeds', (0,))
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f'rung {name!r}: seeds must be distinct, got {seeds}')
    checkpoint = entry.get('checkpoint')
    if checkpoint and 'seeds' in entry:
        raise ValueError(
            f'rung {name!r}: it has a checkpoint and is not trained, so it '
            'cannot have seeds'
        )
    changed = {'options', 'codec', 'checkpoint'} & set(entry)
    config = PurePath(entry['config']).name.removesuffix('.py')
    return [
        Run(
            name if seed == seeds[0] else f'{name}-seed{seed}',
            'rungs',
            entry['config'],
            rung=name,
            model=name if changed else config,
            seed=seed,
            options={**flatten(entry.get('options', {})), **options},
            codec=dict(entry.get('codec', {})),
            start_from=None if checkpoint else other and f'../{other}/{name}',
            export=seed == seeds[0],
            checkpoint=checkpoint,
            line=entry.get('line'),
        )
        for seed in seeds
    ]


def _reference(name: Optional[str], rungs: Mapping[str, Run]) -> Optional[Run]:
    """A rung as a whole, or the backbone of a config."""
    if name is None or name in rungs:
        return rungs.get(name)
    return Run('reference', 'reference', name, 'reference', 'reference')


def _ablation(
    entry: Dict, rungs: Mapping[str, Run], options: Dict[str, Any]
) -> Run:
    alike = 'like' in entry
    known = _ABLATION - (
        {'start_from', 'epochs', 'config'} if alike else set()
    )
    needed = {'like'} if alike else {'start_from', 'epochs'}
    _check_keys('an ablation', entry, known, {'name'} | needed)
    origin = entry['like' if alike else 'start_from']
    if origin not in rungs:
        raise ValueError(
            f'ablation {entry["name"]!r} '
            f'{"is like" if alike else "starts from"} {origin!r}, which is '
            'no rung'
        )
    rung = rungs[origin]
    if alike and rung.checkpoint:
        raise ValueError(
            f'ablation {entry["name"]!r} is like {origin!r}, which has a '
            'checkpoint and is not trained'
        )
    inherited = rung._replace(options={}, codec={})
    if 'config' not in entry:
        inherited = rung
    epochs = {} if alike else {'train_cfg.max_epochs': entry['epochs']}
    changes = flatten(entry.get('options', {}))
    return rung._replace(
        name=entry['name'],
        group='ablations',
        config=entry.get('config', rung.config),
        rung=entry['name'],
        model=entry['name'],
        options={**inherited.options, **changes, **epochs, **options},
        codec={**inherited.codec, **entry.get('codec', {})},
        start_from=rung.start_from if alike else origin,
        like=origin if alike else None,
        export=entry.get('export', False),
        checkpoint=None,
        line=None,
    )


def _check_keys(what: str, entry: Dict, known: set, needed: set) -> None:
    entry = dict(entry)
    for kind, keys in (
        ('lacks', needed - set(entry)),
        ('has an unknown', set(entry) - known),
    ):
        if keys:
            which = f' ({entry["name"]})' if 'name' in entry else ''
            raise ValueError(f'{what}{which} {kind} {", ".join(sorted(keys))}')


def _check_names(names: List[str]) -> None:
    """A name is a folder's, and nobody else's."""
    taken = {'reference', 'study', *GROUPS}
    for name in names:
        plain = name.replace('-', '').replace('.', '').replace('_', '')
        if not plain.isalnum() or name.startswith('.'):
            raise ValueError(
                f'{name!r} cannot be the name of a folder: letters, digits, '
                'and - . _ within'
            )
        if name in taken:
            raise ValueError(f'there are two of the name {name!r}')
        taken.add(name)


def _check_models(runs: List[Run]) -> None:
    """Else times would be of the one or the other."""
    taken: Dict[str, str] = {}
    for run in runs:
        other = taken.setdefault(run.model, run.rung)
        if other != run.rung:
            raise ValueError(
                f'{other!r} and {run.rung!r} would both be exported as '
                f'{run.model}: give one of them options, or another name'
            )
