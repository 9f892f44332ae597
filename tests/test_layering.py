"""Who may import whom, read from the source and not from what was loaded.

functional <- codecs, models, datasets, evaluation, deploy, visualization:
every formula is in the middle, numpy alone, and a board needs no torch.
"""

import ast
from pathlib import Path
from typing import Dict, Iterator, NamedTuple, Set

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'mmpose_lightkpt'
NAME = 'mmpose_lightkpt'
TRAINING = {'torch', 'torchvision', 'mmpose', 'mmengine', 'mmcv', 'mmdet'}

# What of ours each part may import, besides itself.
ALLOWED: Dict[str, Set[str]] = {
    'functional': set(),
    'deploy': {'functional'},
    'codecs': {'functional'},
    'models': {'functional', 'codecs'},
    'datasets': {'functional'},
    'engine': {'datasets'},
    'evaluation': {'functional', 'deploy'},
    'movenet_import': set(),
    'study': {'deploy', 'evaluation', 'visualization'},
    'testing': {'functional'},
    'visualization': {'functional', 'datasets', 'deploy'},
}
# Parts of a board: numpy, OpenCV and ncnn, nothing of the training stack.
BOARD = ['functional', 'deploy']
# The only files of these that may import torch or OpenMMLab at all, and
# then inside of a function if so said, so that importing them is light.
TORCH_HERE = {
    'deploy/export.py': 'anywhere',
    'deploy/export_onnx.py': 'anywhere',
    'deploy/mmpose_decoders.py': 'anywhere',
    'deploy/source_model.py': 'anywhere',
    'deploy/untrained.py': 'anywhere',
    'deploy/complexity.py': 'in a function',
}
# Command-line doors of a part, at the top of the package.
DOORS = {
    'demo.py': {'deploy', 'functional'},
    'benchmark.py': {'deploy', 'functional'},
    'report.py': {'deploy', 'functional'},
    'zoo.py': {'deploy', 'functional', 'configs_index'},
    'export.py': {'deploy', 'functional', 'configs_index'},
}


class Import(NamedTuple):
    """One import: the module's dotted name, and whether it runs on import."""

    module: str
    at_import: bool
    line: int


def imports(path: Path) -> Iterator[Import]:
    """All imports of a file, relative ones made absolute."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    inside = {
        child
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.walk(node)
    }
    package = (NAME,) + path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(tree):
        early = node not in inside
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, early, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parts = (
                package[: len(package) - node.level + 1] if node.level else ()
            )
            base = '.'.join(parts + ((node.module,) if node.module else ()))
            for alias in node.names:
                yield Import(f'{base}.{alias.name}', early, node.lineno)


def part_of(module: str) -> str:
    """First component below our package, or '' for a stranger."""
    head, *rest = module.split('.')
    return rest[0] if head == NAME and rest else ''


def sources(part: str) -> Iterator[Path]:
    yield from sorted((PACKAGE / part).rglob('*.py'))


@pytest.mark.parametrize('part', ALLOWED)
def test_arrows_between_the_parts_point_one_way(part):
    wrong = [
        f'{path.relative_to(PACKAGE)}:{found.line} imports {found.module}'
        for path in sources(part)
        for found in imports(path)
        if part_of(found.module) in ALLOWED
        and part_of(found.module) not in ALLOWED[part] | {part}
    ]
    assert not wrong, f'{part} may import only {ALLOWED[part]}'


def test_every_part_has_its_rule():
    parts = {path.parent.name for path in PACKAGE.glob('*/__init__.py')}
    assert parts == set(ALLOWED)


def test_functional_needs_numpy_alone():
    allowed = {
        'numpy',
        'typing',
        'functools',
        'math',
        'dataclasses',
        '__future__',
        NAME,
    }
    wrong = {
        f'{path.name}:{found.line} {found.module}'
        for path in sources('functional')
        for found in imports(path)
        if found.module.split('.')[0] not in allowed
    }
    assert not wrong


@pytest.mark.parametrize('part', BOARD)
def test_a_board_needs_no_training_stack(part):
    wrong = []
    for path in sources(part):
        where = path.relative_to(PACKAGE).as_posix()
        permission = TORCH_HERE.get(where)
        for found in imports(path):
            if found.module.split('.')[0] not in TRAINING:
                continue
            if permission == 'anywhere' or (
                permission == 'in a function' and not found.at_import
            ):
                continue
            wrong.append(f'{where}:{found.line} imports {found.module}')
    assert not wrong


def test_importing_deploy_loads_none_of_the_files_with_torch():
    heavy = {'export', 'export_onnx', 'source_model'}
    wrong = [
        f'{path.name}:{found.line}'
        for path in sources('deploy')
        for found in imports(path)
        if found.at_import
        and path.stem not in heavy
        and heavy & set(found.module.split('.'))
    ]
    assert not wrong, 'import them inside of the function that needs them'


@pytest.mark.parametrize('door', DOORS)
def test_doors_open_into_one_part(door):
    path = PACKAGE / door
    if not path.exists():
        pytest.skip(f'there is no {door}')
    wrong = [
        f'{door}:{found.line} imports {found.module}'
        for found in imports(path)
        if found.at_import
        and (
            found.module.split('.')[0] in TRAINING
            or part_of(found.module) in ALLOWED
            and part_of(found.module) not in DOORS[door]
        )
    ]
    assert not wrong


def test_toy_people_can_be_drawn_without_torch():
    wrong = [
        f'{path.name}:{found.line} imports {found.module}'
        for path in sources('datasets/toy_people')
        for found in imports(path)
        if found.module.split('.')[0] in TRAINING
    ]
    assert not wrong


def test_the_reader_of_imports_sees_every_form(tmp_path, monkeypatch):
    folder = tmp_path / 'models' / 'heads'
    folder.mkdir(parents=True)
    monkeypatch.setitem(globals(), 'PACKAGE', tmp_path)
    (folder / 'a.py').write_text(
        'import torch.nn as nn\n'
        'from ...codecs import x\n'
        'from . import b\n'
        'def f():\n'
        '    from mmpose_lightkpt.deploy.a import g\n'
    )
    assert [(i.module, i.at_import) for i in imports(folder / 'a.py')] == [
        ('torch.nn', True),
        ('mmpose_lightkpt.codecs.x', True),
        ('mmpose_lightkpt.models.heads.b', True),
        ('mmpose_lightkpt.deploy.a.g', False),
    ]
