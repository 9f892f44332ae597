"""The lane of all configs, on a bundle that needs no export."""

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

from test_benchmark_command import add_parity  # noqa: E402

from mmpose_lightkpt import zoo  # noqa: E402
from mmpose_lightkpt.configs_index import list_configs  # noqa: E402
from mmpose_lightkpt.deploy.results import load_record  # noqa: E402

FAST = ['--threads=1', '--loops=3', '--repeats=1', '--seconds=0']
NAMES = [zoo.REFERENCE, 'simcc_mobilenetv2_1xb16-5e_coco-256x192']


def test_all_configs_are_timed_the_reference_first():
    assert zoo.parse_args([]).configs == ['*']
    names = zoo.choose(['*'])
    assert names[0] == zoo.REFERENCE and sorted(names) == list_configs()
    assert {'rtmpose_cspnext-tiny', 'rtmpose_cspnext-s'} <= {
        name.split('_1xb')[0] for name in names
    }


def test_patterns_choose_and_a_wrong_one_is_named():
    assert zoo.choose(['simcc_mobilenetv2*']) == NAMES
    with pytest.raises(ValueError, match="'nowhere'.*simcc_mobilenetv2"):
        zoo.choose(['simcc*', 'nowhere'])


def test_the_record_lies_in_a_folder_of_the_devices_name(monkeypatch):
    device = dict(board=None, cpu='AMD EPYC', cores=2, virtual=True)
    monkeypatch.setattr(zoo, 'describe_device', lambda: device)
    out = zoo.default_out()
    assert out.as_posix() == 'docs/results/amd-epyc-2-vcpu/zoo.json'
    device.update(board='Raspberry Pi 5 Model B Rev 1.0', virtual=False)
    assert zoo.default_out().parent.name == (
        'raspberry-pi-5-model-b-rev-1-0-2-cores'
    )


@pytest.fixture
def exported(tmp_path, tiny_bundle, tiny_spec, monkeypatch):
    """Hand-written bundles stand for those of the configs."""
    add_parity(tiny_bundle)
    reasons = {}

    def export(configs, folder, lively, progress):
        assert lively
        bundles = []
        for config in configs:
            if config not in reasons:
                bundles.append(tmp_path / config.stem)
                shutil.copytree(tiny_bundle, bundles[-1])
                tiny_spec(name=config.stem).save(bundles[-1])
        return bundles, reasons

    monkeypatch.setattr(zoo, 'export_all', export)
    return reasons


def run(out, *more):
    return zoo.main(['simcc_mobilenetv2*', *FAST, '--out', str(out), *more])


def test_one_record_holds_all(tmp_path, exported, capsys):
    out = tmp_path / 'zoo.json'
    assert run(out) == 0
    record = load_record(out)
    cases = [(row['model'], row['precision']) for row in record['rows']]
    assert cases == [(n, p) for n in NAMES for p in ('fp32', 'bf16')]
    assert record['reference'] == zoo.REFERENCE and record['complete']
    assert 'untrained' in record['weights']
    assert set(record['files']) == set(NAMES)
    assert str(tmp_path) not in json.dumps(record)
    text = capsys.readouterr()
    assert f'**{zoo.REFERENCE}**' in text.out and 'zoo.json' in text.out
    assert '[4/4, 0 s left]' in text.err


def test_what_crashes_the_engine_is_left_out_and_named(
    tmp_path, exported, capsys, monkeypatch
):
    monkeypatch.setattr(
        zoo,
        'crashing_layers',
        lambda text, precision: ['a layer'] * (precision == 'bf16'),
    )
    assert run(tmp_path / 'zoo.json') == 0
    record = load_record(tmp_path / 'zoo.json')
    assert {row['precision'] for row in record['rows']} == {'fp32'}
    assert {entry['model'] for entry in record['left_out']} == set(NAMES)
    text = capsys.readouterr().out
    assert 'bf16 **NOT TIMED**' in text and zoo.LEFT_OUT in text


def test_what_could_not_be_exported_fails_the_lane_and_is_shown(
    tmp_path, exported, capsys
):
    exported[Path(zoo.config_path(NAMES[1]))] = 'no such layer'
    assert run(tmp_path / 'zoo.json') == 1
    (failure,) = load_record(tmp_path / 'zoo.json')['failures']
    assert failure['model'] == NAMES[1]
    text = capsys.readouterr()
    assert 'all **NOT TIMED**' in text.out and 'no such layer' in text.err
