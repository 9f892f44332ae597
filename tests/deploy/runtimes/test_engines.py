import sys

import pytest

from mmpose_lightkpt.deploy.runtimes import engines
from mmpose_lightkpt.deploy.runtimes.engines import (
    ENGINES,
    check_installed,
    get_engine,
    open_runtime,
    warm_engine,
)
from mmpose_lightkpt.deploy.runtimes.remedies import PACKAGES, REMEDIES


def test_an_unknown_runtime_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="'tvm'; known are .*'ncnn'"):
        open_runtime('tvm', tmp_path, None)


@pytest.mark.parametrize('name', ENGINES)
def test_a_missing_package_is_one_line_with_the_remedy(
    name, monkeypatch, tmp_path
):
    package = get_engine(name).package
    monkeypatch.setitem(sys.modules, package, None)
    for call in (
        lambda: check_installed(['ncnn', name]),
        lambda: warm_engine(name, tmp_path),
    ):
        with pytest.raises(ImportError) as error:
            call()
        text = str(error.value)
        assert f'pip install "{PACKAGES[package]}"' in text
        assert len(text.splitlines()) == 1


def test_every_file_of_a_peer_says_how_it_is_made():
    for name, engine in ENGINES.items():
        for files in engine.files.values():
            assert name == 'ncnn' or set(files) <= set(REMEDIES)


def test_every_engine_has_its_class():
    import importlib

    for name, engine in ENGINES.items():
        module = importlib.import_module(f'.{name}', engines.__package__)
        assert hasattr(module, engine.runtime)
