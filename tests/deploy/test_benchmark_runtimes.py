"""The command line with engines beside ncnn, in processes of their own."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip('ncnn')
pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')
pytestmark = pytest.mark.ncnn

from test_benchmark_command import FAST, add_parity, rows, run  # noqa: E402

from mmpose_lightkpt import benchmark as command  # noqa: E402
from mmpose_lightkpt.deploy.bundle import add_files  # noqa: E402
from mmpose_lightkpt.deploy.results import load_record  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent / 'runtimes'))
from onnx_bundles import tiny_network  # noqa: E402


@pytest.fixture
def good(tiny_bundle):
    add_parity(tiny_bundle)
    add_files(tiny_bundle, {'model.onnx': tiny_network()})
    return tiny_bundle


def add_int8(folder):
    """The same network under the name of the quantised one."""
    facts = json.dumps(dict(judged_by_them=True, calibration='noise'))
    add_files(
        folder,
        {
            'model.int8.onnx': tiny_network(),
            'model.int8.json': facts.encode(),
        },
    )


def not_timed(text):
    return [s for s in text.err.splitlines() if s.startswith('not timed')]


def test_two_engines_give_two_rows_of_one_run(good, tmp_path, capsys):
    record = tmp_path / 'record.json'
    words = ['--runtime', 'ncnn', 'onnxruntime', '--out', record]
    assert run(good, *FAST, *words) == 0
    text = capsys.readouterr().out
    assert [line.split('|')[2].strip() for line in rows(text)] == [
        'ncnn',
        'onnxruntime',
    ]
    found = load_record(record)
    assert [row['runtime'] for row in found['rows']] == ['ncnn', 'onnxruntime']
    for row in found['rows']:
        assert row['runtime_version'] in text
        assert row['parity']['passed'] is True
    size = (good / 'model.onnx').stat().st_size
    assert found['rows'][1]['file_bytes'] == size


@pytest.mark.parametrize('name, package', [('mnn', 'MNN'), ('openvino',) * 2])
def test_an_engine_that_prints_does_not_spoil_its_answers(
    good, tmp_path, capsys, name, package
):
    pytest.importorskip(package)
    record = tmp_path / 'record.json'
    words = ['--runtime', name, '--sustained', '0.005', '--out', record]
    assert run(good, *FAST, *words) == 0
    found = load_record(record)
    assert [row['runtime'] for row in found['rows']] == [name]
    assert [curve['runtime'] for curve in found['sustained']] == [name]


def test_a_peer_that_fails_parity_is_not_timed(good, capsys):
    add_parity(good, shift=3.0)
    words = ['--runtime', 'ncnn', 'onnxruntime']
    assert run(good, *FAST, *words) == 1
    text = capsys.readouterr()
    assert not rows(text.out)
    (line,) = not_timed(text)
    assert 'onnxruntime fp32' in line and 'FAILS parity' in line


def test_int8_over_the_bound_is_timed_and_marked(good, tmp_path, capsys):
    add_int8(good)
    add_parity(good, shift=3.0)
    record = tmp_path / 'record.json'
    words = ['--runtime', 'onnxruntime', '--precision', 'int8']
    assert run(good, *FAST, *words, '--out', record) == 0
    text = capsys.readouterr().out
    assert 'PARITY FAILED: p99 4.24 px, 100% of joints over 0.5 px' in text
    assert 'calibrated on the crops that judge it' in text
    (row,) = load_record(record)['rows']
    assert row['parity']['passed'] is False
    assert row['quantisation']['calibration'] == 'noise'


def test_int8_of_ncnn_is_a_row_where_the_bundle_has_the_pair(
    good, tmp_path, capsys
):
    pair = {
        f'model.int8.ncnn.{kind}': (good / f'model.ncnn.{kind}').read_bytes()
        for kind in ('param', 'bin')
    }
    pair['model.int8.ncnn.bin'] += bytes(8)
    facts = json.dumps(dict(judged_by_them=True, calibration='noise'))
    add_files(good, {**pair, 'model.int8.ncnn.json': facts.encode()})
    add_parity(good, shift=3.0)
    record = tmp_path / 'record.json'
    words = ['--precision', 'int8', '--per-layer', '--out', record]
    assert run(good, *FAST, *words) == 0
    text = capsys.readouterr().out
    assert 'PARITY FAILED: p99 4.24 px' in text
    assert 'calibrated on the crops that judge it' in text
    (row,) = load_record(record)['rows']
    assert (row['runtime'], row['precision']) == ('ncnn', 'int8')
    assert row['quantisation']['calibration'] == 'noise'
    assert row['file_bytes'] == sum(map(len, pair.values()))


def test_fp32_and_int8_of_two_engines_go_into_one_table(good, capsys):
    add_int8(good)
    words = ['--runtime', 'ncnn', 'onnxruntime', '--precision', 'fp32', 'int8']
    assert run(good, *FAST, *words) == 0
    text = capsys.readouterr()
    assert 'ncnn has no int8: not timed' in text.err
    table = [
        [cell.strip() for cell in line.split('|')] for line in rows(text.out)
    ]
    assert [(line[2], line[4]) for line in table] == [
        ('ncnn', 'fp32'),
        ('onnxruntime', 'fp32'),
        ('onnxruntime', 'int8'),
    ]


@pytest.mark.parametrize(
    'words, name',
    [
        (['--runtime', 'onnxruntime'], 'model.onnx does not exist.*--onnx'),
        (
            ['--runtime', 'onnxruntime', '--precision', 'int8'],
            'model.int8.onnx does not exist.*quantise_bundle',
        ),
    ],
)
def test_a_file_that_a_bundle_lacks_is_named_with_its_maker(
    tiny_bundle, tmp_path, capsys, words, name
):
    import re

    add_parity(tiny_bundle)
    assert run(tiny_bundle, *FAST, *words) == 1
    (line,) = not_timed(capsys.readouterr())
    assert re.search(name, line) and str(tmp_path) not in line


@pytest.mark.parametrize('name', ['ncnn', 'onnxruntime', 'openvino', 'MNN'])
def test_a_missing_package_costs_one_line_and_the_exit_code(
    good, capsys, monkeypatch, name
):
    monkeypatch.setitem(sys.modules, name, None)
    assert run(good, *FAST, '--runtime', 'ncnn', name.lower()) == 1
    text = capsys.readouterr()
    assert not text.out
    (line,) = text.err.splitlines()
    assert f'{name} is not installed: pip install' in line


def test_int8_in_ncnn_is_refused_with_what_makes_it(good, capsys):
    assert run(good, *FAST, '--precision', 'int8') == 1
    (line,) = not_timed(capsys.readouterr())
    assert 'model.int8.ncnn.param does not exist' in line
    assert 'tools/quantise_bundle.py makes it with --ncnn-tools' in line


@pytest.mark.parametrize(
    'words, flags',
    [
        ([], (False, False)),
        (['--runtime', 'ncnn', 'onnxruntime'], (True, False)),
        (
            ['--runtime', 'onnxruntime', '--precision', 'fp32', 'int8'],
            (True, True),
        ),
    ],
)
def test_a_config_is_exported_with_what_the_engines_read(
    tmp_path, monkeypatch, words, flags
):
    asked = []

    def export(config, checkpoint, folder, *wanted):
        asked.append(wanted)
        raise ValueError('that is enough')

    monkeypatch.setattr(command, 'export_in_child', export)
    assert run(tmp_path / 'a.py', *FAST, *words) == 1
    assert asked == [flags]
