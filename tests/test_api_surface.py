"""The public names are written down: changing one is a decision.

A public name is one in the ``__all__`` of a module whose path has no leading
underscore. When this fails and you meant it, say so in CHANGELOG.md and run

    python tests/test_api_surface.py
"""

import ast
import importlib
import json
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / 'mmpose_lightkpt'
SURFACE = TESTS / 'api_surface.json'


def names_of(path):
    """All strings that a module puts into ``__all__``, or None."""
    found = None
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        targets = getattr(node, 'targets', [getattr(node, 'target', None)])
        if any(getattr(t, 'id', None) == '__all__' for t in targets):
            found = sorted(
                set(found or []) | set(ast.literal_eval(node.value))
            )
    return found


def current_surface():
    """Names by module, in the order of the modules' names."""
    surface = {}
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE.parent).with_suffix('').parts
        if parts[-1] == '__init__':
            parts = parts[:-1]
        names = names_of(path)
        if names and not any(part.startswith('_') for part in parts):
            surface['.'.join(parts)] = names
    return surface


def test_public_names_are_those_written_down():
    written, current = json.loads(SURFACE.read_text()), current_surface()
    assert current == written, __doc__


def test_every_part_of_the_package_names_what_is_public():
    silent = [
        path.parent.name
        for path in PACKAGE.glob('*/__init__.py')
        if names_of(path) is None
        and not any(
            names_of(module)
            for module in path.parent.glob('*.py')
            if module != path
        )
    ]
    assert not silent


def test_public_names_exist():
    from mmpose_lightkpt import MMPOSE_READY

    if not MMPOSE_READY:
        pytest.skip('needs MMPose')
    pytest.importorskip('ncnn')
    missing = [
        f'{module}.{name}'
        for module, names in current_surface().items()
        for name in names
        if not hasattr(importlib.import_module(module), name)
    ]
    assert not missing


if __name__ == '__main__':
    SURFACE.write_text(json.dumps(current_surface(), indent=2) + '\n')
