"""The command line with .tflite files, in processes of their own."""

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip('ncnn')
pytest.importorskip('ai_edge_litert')
pytest.importorskip('flatbuffers')
pytestmark = pytest.mark.ncnn

from test_benchmark_command import FAST, add_parity, rows, run  # noqa: E402

from mmpose_lightkpt.deploy.results import STAGES, load_record  # noqa: E402
from mmpose_lightkpt.report import main as report  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent / 'runtimes'))
from tflite_files import tiny_tflite  # noqa: E402

GOOGLES = 'movenet/movenet_singlepose_lightning_int8_v4.tflite'


@pytest.fixture
def good(tiny_bundle):
    add_parity(tiny_bundle)
    return tiny_bundle


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'peer.tflite'
    path.write_bytes(tiny_tflite())
    return path


def not_timed(text):
    return [s for s in text.err.splitlines() if s.startswith('not timed')]


def cells(line):
    return [cell.strip() for cell in line.split('|')[1:-1]]


def test_a_file_and_a_bundle_give_rows_of_one_run(
    file, good, tmp_path, capsys
):
    record = tmp_path / 'record.json'
    words = [*FAST, '--sustained', '0.005', '--per-layer', '--out', record]
    assert run(file, good, *words) == 0
    text = capsys.readouterr().out
    peer, own = map(cells, rows(text))
    assert peer[:7] == ['peer.tflite', 'litert', '5x7', 'float32', '1'] + (
        ['-'] * 2
    )
    preprocess, forward, decode, total, forward_ratio, sum_ratio = peer[8:]
    assert preprocess == decode == total == sum_ratio == '-'
    assert '/' in forward and forward_ratio == '1.00'
    assert own[:2] == ['tiny', 'ncnn'] and '-' not in own[8:12]
    assert own[12] != '-'  # relative to the file, whatever its precision
    assert 'no reference: forward time alone' in text
    found = load_record(record)
    assert found['complete'] and len(found['sustained']) == 2
    assert [one['model'] for one in found['per_layer']] == ['tiny']
    row = found['rows'][0]
    timed = [stage for stage in STAGES if row['stages'][stage]]
    assert timed == ['forward']
    assert row['parity'] == {} and 'no reference' in row['flags']
    assert row['file_bytes'] == file.stat().st_size
    assert row['runtime_version'] in text


def test_the_report_and_a_comparison_survive_such_rows(
    file, good, tmp_path, capsys
):
    record = tmp_path / 'record.json'
    assert run(file, good, *FAST, '--out', record) == 0
    words = ['--compare', record, '--threshold', '90']
    assert run(file, good, *FAST, *words) == 0
    assert 'float32, litert' in capsys.readouterr().out
    assert report([str(record), '--out', str(tmp_path / 'page')]) == 0
    csv = (tmp_path / 'page' / 'report.csv').read_text().splitlines()
    head, lines = csv[0].split(','), [line.split(',') for line in csv[1:]]
    (line,) = (dict(zip(head, one)) for one in lines if 'litert' in one)
    assert line['parity_passed'] == line['total_median'] == line['fps'] == ''
    assert float(line['forward_median']) > 0


def test_files_alone_need_no_other_engine(file, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ncnn', None)
    assert run(file, *FAST) == 0
    assert len(rows(capsys.readouterr().out)) == 1


@pytest.mark.parametrize('content', [b'no network', b'', None])
def test_a_bad_file_costs_one_line_and_the_others_are_timed(
    file, good, tmp_path, capsys, content
):
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    assert run(file, good, *FAST) == 1
    text = capsys.readouterr()
    assert [cells(line)[0] for line in rows(text.out)] == ['tiny']
    (line,) = not_timed(text)
    assert 'peer.tflite' in line and str(tmp_path) not in line


def test_a_missing_package_costs_one_line_and_the_others_are_timed(
    file, good, tmp_path, capsys, monkeypatch
):
    broken = tmp_path / 'broken' / 'ai_edge_litert'
    broken.mkdir(parents=True)
    (broken / '__init__.py').write_text('raise ImportError')
    monkeypatch.setenv('PYTHONPATH', str(broken.parent))
    assert run(good, file, *FAST) == 1
    text = capsys.readouterr()
    assert [cells(line)[0] for line in rows(text.out)] == ['tiny']
    (line,) = not_timed(text)
    assert 'pip install "ai-edge-litert"' in line


def test_two_files_of_one_name_are_refused(file, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(file, tmp_path / 'other' / 'peer.tflite', *FAST)
    assert 'two .tflite files have the same name' in capsys.readouterr().err


def test_zero_weights_are_for_the_bundles_beside_it(file, good, capsys):
    assert run(file, good, *FAST, '--zero-weights') == 0
    text = capsys.readouterr().out
    assert text.count('zero weights') == text.count('no reference') == 1


@pytest.mark.skipif(
    not os.environ.get('LIGHTKPT_DATA'), reason='LIGHTKPT_DATA is not set'
)
def test_googles_movenet_is_timed_in_int8(capsys):
    path = Path(os.environ['LIGHTKPT_DATA']) / GOOGLES
    assert run(path, *FAST, '--threads', '1', '2') == 0
    found = [cells(line) for line in rows(capsys.readouterr().out)]
    assert [(one[1], one[3], one[4]) for one in found] == [
        ('litert', 'int8', '1'),
        ('litert', 'int8', '2'),
    ]
