"""Find the configs that ship with this package, by name.

MMEngine resolves ``_base_ = ['mmpose::...']`` for its own packages only, and
a text config cannot call a function in ``_base_``: read one of ours with
``Config.fromfile(config_path('...'))`` and change it, or copy the file.
"""

from pathlib import Path
from typing import List


def _root() -> Path:
    """configs/ of an installed package (.mim) or of a clone."""
    package = Path(__file__).resolve().parent
    for folder in (package.parent / 'configs', package / '.mim' / 'configs'):
        if (folder / 'body_2d_keypoint').is_dir():
            return folder
    raise FileNotFoundError(
        f'no configs/ beside or inside {package}; install the package with '
        '`pip install -e .` in a clone, or from a wheel'
    )


def list_configs() -> List[str]:
    """Names of all configs that can be trained, without folder or suffix."""
    files = _root().glob('body_2d_keypoint/**/*.py')
    return sorted(file.stem for file in files)


def config_path(name: str) -> str:
    """Path of the config called ``name`` (with or without ``.py``).

    Raises:
        ValueError: if there is none, naming those there are.
    """
    stem = name[:-3] if name.endswith('.py') else name
    for file in _root().glob('body_2d_keypoint/**/*.py'):
        if file.stem == stem:
            return str(file)
    raise ValueError(
        f"no config is called '{stem}'; there are: {', '.join(list_configs())}"
    )
