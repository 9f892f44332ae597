"""What a board has, numpy and ncnn alone, is enough for the benchmark."""

import json

import pytest

from mmpose_lightkpt.deploy.results import load_record

pytestmark = pytest.mark.arm

FAST = ['--threads', '1', '--loops', '1', '--repeats', '1', '--warmup', '1']
FAST += ['--seconds', '0']


@pytest.fixture(scope='module', params=['aarch64', 'armv7l'])
def board(request, emulated):
    return emulated(request.param)


def test_nothing_but_numpy_and_ncnn_is_there(board):
    code = (
        'import importlib.util as u, json, platform;'
        'names = "numpy ncnn torch mmpose mmengine cv2 requests".split();'
        'print(json.dumps([platform.machine(),'
        '                  [n for n in names if u.find_spec(n)]]))'
    )
    done = board.run('-c', code)
    machine, found = json.loads(done.stdout)
    assert machine in ('aarch64', 'armv7l')
    assert found == ['numpy', 'ncnn'], done.stderr


def test_a_bundle_made_elsewhere_runs_passes_and_prints_its_table(
    board, bundles, tmp_path
):
    out = tmp_path / 'record.json'
    words = ['-m', 'mmpose_lightkpt.benchmark', bundles['simcc'], *FAST]
    done = board.run(*words, '--out', out)
    assert done.returncode == 0, done.stderr
    times, start, *notes = done.stdout.split('\n\n')
    assert times.splitlines()[2].startswith('| simcc_mobilenetv3-small')
    assert 'EMULATED: these times are not latencies.' in notes
    (row,) = load_record(out)['rows']
    assert row['parity']['passed'] is True
    assert row['flags']['emulated'] == 'not a latency'
    assert 'latenc' not in times + start


def test_the_doctor_finds_all_that_a_board_needs(board):
    done = board.run('-m', 'mmpose_lightkpt.doctor', '--board')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'a board needs is there and works' in done.stdout


def test_a_model_that_is_not_there_costs_one_line(board, tmp_path):
    words = ['-m', 'mmpose_lightkpt.benchmark', tmp_path / 'nowhere', *FAST]
    done = board.run(*words)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert 'nowhere' in line and 'Traceback' not in line
