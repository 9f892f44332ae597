import copy
import json
import os

import pytest

from mmpose_lightkpt.deploy.results import (
    STAGES,
    check_record,
    command_line,
    load_record,
    save_record,
    write_atomically,
)

STAGE = dict(
    median=2.0, p90=3.0, p99=4.0, min=1.0, cv=0.1, low=2, high=2.5, repeats=3
)
RECORD = dict(
    version=1,
    command='benchmark',
    date='2026-01-01T00:00:00+00:00',
    device={},
    plan={},
    reference=None,
    complete=True,
    failures=[dict(model='b', threads=None, precision=None, reason='no')],
    rows=[
        dict(
            model='a',
            input_size=[52, 28],
            threads=1,
            precision='fp32',
            params=7,
            macs=None,
            counted_macs=None,
            file_bytes=11,
            parity={},
            stages={stage: STAGE for stage in STAGES},
            samples=[],
        )
    ],
)


@pytest.fixture
def record():
    return copy.deepcopy(RECORD)


def test_a_record_survives_the_disk(record, tmp_path):
    save_record(record, tmp_path / 'deep' / 'record.json')
    assert load_record(tmp_path / 'deep' / 'record.json') == record


@pytest.mark.parametrize(
    'path, value',
    [
        (['command'], None),
        (['complete'], 1),
        (['rows'], {}),
        (['rows', 0, 'threads'], True),
        (['rows', 0, 'params'], 1.5),
        (['rows', 0, 'runtime'], 3),
        (['rows', 0, 'quantisation'], 'int8'),
        (['rows', 0, 'stages', 'forward', 'p90'], '3'),
        (['failures', 0, 'reason'], None),
    ],
)
def test_a_wrong_value_is_named(record, path, value):
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ValueError, match=path[-1]):
        check_record(record)


@pytest.mark.parametrize(
    'path', [['date'], ['rows', 0, 'model'], ['rows', 0, 'stages', 'decode']]
)
def test_a_missing_key_is_named(record, path):
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    with pytest.raises(ValueError, match=f'{path[-1]} is missing'):
        check_record(record)


def test_a_record_of_another_version_is_refused(record):
    with pytest.raises(ValueError, match='version 2'):
        check_record(dict(record, version=2))


@pytest.mark.parametrize('text', ['', '[]', '{"version": 1', 'null'])
def test_a_foreign_file_is_refused_by_its_name(text, tmp_path):
    path = tmp_path / 'foreign.json'
    path.write_text(text)
    with pytest.raises(ValueError, match='foreign.json'):
        load_record(path)


def test_a_time_that_is_no_number_is_not_written(record, tmp_path):
    record['rows'][0]['stages'] = copy.deepcopy(record['rows'][0]['stages'])
    record['rows'][0]['stages']['forward']['p90'] = float('nan')
    with pytest.raises(ValueError):
        save_record(record, tmp_path / 'record.json')
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch
):
    path = tmp_path / 'record.json'
    path.write_text('old')

    def full_disk(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'replace', full_disk)
    with pytest.raises(OSError):
        write_atomically(path, json.dumps('new').encode())
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['record.json']


def test_a_command_keeps_no_folder_of_this_machine(monkeypatch):
    words = ['x.py', 'configs/a.py', '/home/me/b.pth', '--out=/tmp/c.json']
    words += ['load_from=/d/e.pth', 'lr=1e-3', 'names=[a, b]']
    monkeypatch.setattr('sys.argv', words)
    assert command_line('tools/test.py') == (
        'python tools/test.py configs/a.py b.pth --out=c.json '
        "load_from=e.pth lr=1e-3 'names=[a, b]'"
    )


def test_a_row_may_name_its_engine_and_an_older_one_does_not(record):
    check_record(record)
    assert 'runtime' not in record['rows'][0]
    record['rows'][0].update(runtime='mnn', quantisation={})
    check_record(record)


def test_a_stage_may_be_unknown_but_not_the_forward_pass(record, tmp_path):
    stages = record['rows'][0]['stages']
    stages.update(preprocess=None, decode=None, total=None)
    save_record(record, tmp_path / 'record.json')
    assert load_record(tmp_path / 'record.json') == record
    stages.update(forward=None)
    with pytest.raises(ValueError, match=r'rows\[0\].stages.forward'):
        check_record(record)
