"""A wheel and an editable install carry what mim and MMEngine look for."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import mmpose_lightkpt
from mmpose_lightkpt import config_path, list_configs

ROOT = Path(mmpose_lightkpt.__file__).resolve().parents[1]
BUILD = """
import sys
from setuptools import build_meta
getattr(build_meta, sys.argv[1])(sys.argv[2])
"""

BOXED = (
    'model.ncnn.param',
    'model.ncnn.bin',
    'spec.json',
    'parity.npz',
    'record.json',
    'model_card.md',
)

if not (ROOT / 'setup.py').is_file():
    pytest.skip('needs the sources', allow_module_level=True)


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """A copy of what a clone holds, to build in."""
    copy = tmp_path_factory.mktemp('clone')
    skip = shutil.ignore_patterns('__pycache__', '.mim', '*.egg-info')
    for name in ('mmpose_lightkpt', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, copy / name, ignore=skip)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy2(path, copy / path.name)
    for name in BOXED:  # whether or not this clone has a model
        (copy / 'mmpose_lightkpt' / 'boxed_model' / name).touch()
    return copy


def build(source, kind):
    """Call the hook that pip calls; return the file it makes."""
    out = source / f'out-{kind}'
    done = subprocess.run(
        [sys.executable, '-c', BUILD, kind, str(out)],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(out.iterdir())


@pytest.fixture(scope='module')
def wheel(source):
    with zipfile.ZipFile(build(source, 'build_wheel')) as file:
        yield file


def relative_files(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def test_a_wheel_holds_every_config_and_tool(source, wheel):
    held = set(wheel.namelist())
    for name in ('configs', 'tools'):
        for file in relative_files(source / name):
            assert f'mmpose_lightkpt/.mim/{name}/{file}' in held
    assert 'mmpose_lightkpt/.mim/model-index.yml' in held


def test_the_model_in_the_box_is_in_wheel_and_sdist(source, wheel):
    with tarfile.open(build(source, 'build_sdist')) as sdist:
        archive = {name.partition('/')[2] for name in sdist.getnames()}
    for name in BOXED:
        assert f'mmpose_lightkpt/boxed_model/{name}' in wheel.namelist()
        assert f'mmpose_lightkpt/boxed_model/{name}' in archive


def test_a_wheel_holds_every_module_and_no_test(source, wheel):
    held = set(wheel.namelist())
    for file in relative_files(source / 'mmpose_lightkpt'):
        if not file.startswith('.mim/'):
            assert f'mmpose_lightkpt/{file}' in held
    assert {name.split('/')[0] for name in held} == {
        'mmpose_lightkpt',
        f'mmpose_lightkpt-{mmpose_lightkpt.__version__}.dist-info',
    }


def test_the_base_install_needs_numpy_alone(wheel):
    name = next(n for n in wheel.namelist() if n.endswith('/METADATA'))
    metadata = Parser().parsestr(wheel.read(name).decode())
    needs = metadata.get_all('Requires-Dist')
    assert [need for need in needs if 'extra' not in need] == ['numpy']
    assert set(metadata.get_all('Provides-Extra')) == {
        'board',
        'image',
        'train',
        'movenet',
        'dev',
    }


def test_an_editable_install_links_to_the_sources(source):
    build(source, 'build_editable')
    mim = source / 'mmpose_lightkpt' / '.mim'
    for name in ('configs', 'tools', 'model-index.yml'):
        assert (mim / name).resolve() == (source / name).resolve()
    assert relative_files(mim / 'configs') == relative_files(
        source / 'configs'
    )


def test_every_metafile_of_the_model_index_exists():
    lines = (ROOT / 'model-index.yml').read_text().splitlines()
    for line in lines:
        if line.lstrip().startswith('- '):
            assert (ROOT / line.lstrip()[2:]).is_file(), line


def test_a_config_is_found_by_its_name():
    names = list_configs()
    assert names and len(names) == len(set(names))
    for name in names:
        path = Path(config_path(name))
        assert path.is_file() and path.stem == name
    assert config_path(names[0] + '.py') == config_path(names[0])


def test_an_unknown_config_name_lists_those_there_are():
    with pytest.raises(ValueError, match=list_configs()[0][:20]):
        config_path('no-such-model')
