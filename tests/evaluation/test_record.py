"""Records are complete, hold numbers, and are written whole."""

import json

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.evaluation import read_record, write_record  # noqa: E402

pytestmark = pytest.mark.mmpose

GOOD = dict(
    command='python tools/test.py configs/a.py a.pth',
    config='configs/a.py',
    data='toy people, seed 1',
    metrics={'PixelPCK': np.float32(0.25), 'coco/AP': 0.1},
)


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / 'docs' / 'a.json'
    record = write_record(
        path, **GOOD, baseline={'PixelPCK': 0.04}, details=dict(epochs=3)
    )
    assert read_record(path) == record
    assert record['metrics'] == {'PixelPCK': 0.25, 'coco/AP': 0.1}
    assert record['baseline'] == {'PixelPCK': 0.04}
    assert record['details'] == {'epochs': 3}
    assert 'cpu' in record['device'] and 'versions' in record['device']
    assert record['date'].endswith('+00:00')


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(metrics={'AP': float('nan')}), 'metrics.AP.*finite'),
        (dict(metrics={}), 'metrics is empty'),
        (dict(baseline={'AP': float('inf')}), 'baseline.AP.*finite'),
        (dict(command=' '), 'command is empty'),
        (dict(data=None), 'data is missing or of the wrong type'),
        (dict(config='/home/me/a.py'), 'within the repository'),
        (dict(config='C:\\me\\a.py'), 'within the repository'),
        (dict(config='../a.py'), 'within the repository'),
    ],
)
def test_a_bad_record_is_refused_and_nothing_is_written(
    tmp_path, change, message
):
    path = tmp_path / 'a.json'
    with pytest.raises(ValueError, match=message):
        write_record(path, **dict(GOOD, **change))
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_json_leaves_the_old_record(tmp_path):
    path = tmp_path / 'a.json'
    write_record(path, **GOOD)
    before = path.read_text()
    with pytest.raises((TypeError, ValueError)):
        write_record(path, **GOOD, details=dict(loss=float('nan')))
    with pytest.raises(TypeError):
        write_record(path, **GOOD, details=dict(model=object()))
    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ['a.json']


def test_reading_names_the_file_and_the_key(tmp_path):
    path = tmp_path / 'a.json'
    record = write_record(path, **GOOD)
    path.write_text(json.dumps(dict(record, version=2)))
    with pytest.raises(ValueError, match='a.json: not a record.*version 2'):
        read_record(path)
    path.write_text('{')
    with pytest.raises(ValueError, match='a.json: not a record'):
        read_record(path)
    path.write_text('[]')
    with pytest.raises(ValueError, match='a.json.*got list'):
        read_record(path)
