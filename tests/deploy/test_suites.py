import re
from pathlib import Path

import pytest

from mmpose_lightkpt import benchmark as command
from mmpose_lightkpt.configs_index import config_path
from mmpose_lightkpt.deploy.suites import SUITES

ROOT = Path(__file__).resolve().parents[2]
FAST = ['--threads=1', '--loops=3', '--repeats=1', '--warmup=1', '--seconds=0']


@pytest.fixture
def exported(monkeypatch, tiny_bundle):
    """Stems of the configs asked for; none is exported."""
    pytest.importorskip('ncnn')
    asked = []

    def export(config, *others):
        assert Path(config).is_file()
        asked.append(Path(config).stem)
        raise ValueError('that is enough')

    monkeypatch.setattr(command, 'export_in_child', export)
    return asked


@pytest.mark.parametrize('name', SUITES)
def test_every_config_of_a_suite_exists_once(name):
    assert len(set(SUITES[name])) == len(SUITES[name])
    for config in SUITES[name]:
        assert Path(config_path(config)).stem == config


@pytest.mark.parametrize('data', ['lsp', 'coco'])
def test_the_ladder_has_the_rungs_of_the_studies(data):
    text = (ROOT / f'configs/studies/ladder_{data}.py').read_text()
    block = re.search(r'_methods = \[(.*?)\]', text, re.S).group(1)
    heads = [config.split('_')[0] for config in SUITES['ladder']]
    assert sorted(heads) == sorted(re.findall(r"'([^']+)'", block))
    assert heads[0] == 'deeppose' and heads[-1] == 'simcc'


def test_a_suite_is_exported_without_a_path(exported, tmp_path, capsys):
    words = ['--suite', 'ladder', '--work-dir', str(tmp_path)]
    assert command.main([*FAST, *words]) == 1
    assert exported == list(SUITES['ladder'])
    assert capsys.readouterr().err.count('not timed: ') == len(exported)


def test_and_after_the_models_that_are_named(exported, tmp_path, tiny_bundle):
    words = ['a.py', '--suite', 'ladder', '--work-dir', str(tmp_path)]
    (tmp_path / 'a.py').write_text('')
    words[0] = str(tmp_path / 'a.py')
    assert command.main([*FAST, *words]) == 1
    assert exported == ['a', *SUITES['ladder']]


@pytest.mark.parametrize(
    'words, named',
    [
        (['--suite', 'stairs'], 'ladder'),
        (['--suite', 'ladder', '--checkpoint', 'x.pth'], 'exactly one'),
        ([f'x/{SUITES["ladder"][0]}.py', '--suite', 'ladder'], 'same name'),
    ],
)
def test_a_mistake_is_named(words, named, capsys):
    with pytest.raises(SystemExit):
        command.main(words)
    assert named in capsys.readouterr().err.splitlines()[-1]
