"""What is made of the same sources is not made again."""

import time
from pathlib import Path

import pytest

for module in ('pnnx', 'ncnn', 'torch', 'mmpose.models'):
    pytest.importorskip(module)
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]

from mmpose_lightkpt.configs_index import config_path  # noqa: E402
from mmpose_lightkpt.deploy import ModelSpec  # noqa: E402
from mmpose_lightkpt.deploy.export_all import (  # noqa: E402
    MADE_OF,
    export_all,
    made_of,
)
from mmpose_lightkpt.deploy.parity_case import ParityCase  # noqa: E402

CONFIG = Path(config_path('deeppose_mobilenetv3-small_1xb16-5e_lsp-256x192'))


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path / 'empty'))


def test_a_second_run_exports_nothing_and_names_the_broken(tmp_path, no_data):
    broken = tmp_path / 'broken.py'
    broken.write_text('model = dict(type="NoSuchModel")\n')
    lines = []
    arguments = [CONFIG, broken], tmp_path, True, lines.append
    bundles, reasons = export_all(*arguments)
    assert bundles == [tmp_path / CONFIG.stem]
    assert list(reasons) == [broken] and 'NoSuchModel' in reasons[broken]
    assert sorted(lines)[0].startswith('[1/2] ') and len(lines) == 2
    assert ModelSpec.load(bundles[0]).name == CONFIG.stem
    case = ParityCase.load(bundles[0])
    assert case.source == 'random patterns, untrained weights'
    assert case.keypoints.std(0).mean() > 1

    began, before = time.monotonic(), (bundles[0] / 'spec.json').stat()
    assert export_all([CONFIG], tmp_path, True, lines.append)[0] == bundles
    assert lines[-1] == f'[1/1] {CONFIG.stem}: is there'
    assert (bundles[0] / 'spec.json').stat().st_mtime == before.st_mtime
    assert time.monotonic() - began < 2  # importing MMPose takes longer

    # Cut short, as a full disk leaves it: made again.
    (bundles[0] / 'model.ncnn.bin').write_bytes(b'')
    export_all([CONFIG], tmp_path, True, lines.append)
    assert 'exported' in lines[-1]
    assert (bundles[0] / 'model.ncnn.bin').stat().st_size > 1e6
    assert (bundles[0] / MADE_OF).read_text() == made_of(CONFIG, True)


def test_the_digest_is_of_text_bases_data_and_weights(tmp_path, monkeypatch):
    base, config = tmp_path / 'base.py', tmp_path / 'config.py'
    base.write_text('a = 1\n')
    config.write_text("_base_ = ['./base.py', 'mmpose::x.py']\nb = 2\n")
    found = {made_of(config, False), made_of(config, True)}
    base.write_text('a = 2\n')
    found.add(made_of(config, False))
    config.write_text("_base_ = './base.py'\nb = 3\n")
    found.add(made_of(config, False))
    monkeypatch.setenv('LIGHTKPT_DATA', 'elsewhere')
    found.add(made_of(config, False))
    assert len(found) == 5
    assert made_of(config, False) in found


def test_a_missing_base_is_a_reason(tmp_path):
    config = tmp_path / 'config.py'
    config.write_text("_base_ = './nowhere.py'\n")
    bundles, reasons = export_all([config], tmp_path)
    assert not bundles and 'nowhere.py' in reasons[config]
