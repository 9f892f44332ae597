import json
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.report.sources import read_sources

sys.path.insert(0, str(Path(__file__).parent))
from report_records import (  # noqa: E402
    benchmark,
    evaluation,
    row,
    save,
    stages,
)


def test_a_folder_gives_its_records_oldest_first(tmp_path):
    records = {
        'a.json': benchmark(row('m', 2.0), date='2026-02-02'),
        'deep.json': benchmark(row('m', 2.0), date='2026-01-01'),
        'judged.json': evaluation('m', MeanOKS=0.5),
    }
    found = read_sources([save(tmp_path, records)])
    assert [s.name for s in found.benchmarks] == ['deep.json', 'a.json']
    assert [s.name for s in found.evaluations] == ['judged.json']


def test_other_files_of_a_folder_are_left_alone(tmp_path):
    others = {
        'codec.json': dict(kind='codec', rows=[]),
        'list.json': [1],
        'spec.json': dict(name='m'),
        'ablation.json': evaluation('m', options={'a': 1}, MeanOKS=0.5),
    }
    save(tmp_path, dict(others, **{'a.json': benchmark(row('m', 2.0))}))
    found = read_sources([tmp_path])
    assert len(found.benchmarks) == 1 and not found.evaluations


def damaged():
    """Records with one thing wrong each, and what the message must name."""
    yield '{"rows": [', 'damaged'
    yield '[1]', 'neither'
    yield '[' * 100_000, 'damaged'
    yield json.dumps({'kind': 'codec'}), 'neither'
    yield json.dumps(benchmark(row('m', 2.0), version=9)), 'version 9'
    yield json.dumps(benchmark({'model': 'm'})), r'rows\[0\]\.input_size'
    nan = row('m', 2.0, stages=stages(2.0, p90=float('nan')))
    yield json.dumps(benchmark(nan)), 'p90 must be a number'
    low = row('m', 2.0, stages=stages(2.0, low=-1.0))
    yield json.dumps(benchmark(low)), 'low must be a number'
    none = row('m', 2.0, stages=stages(0.0))
    yield json.dumps(benchmark(none)), 'median is 0'
    yield json.dumps(benchmark(row('m', 2.0, input_size=[3]))), 'input_size'
    yield json.dumps(evaluation('m', AP=float('inf'))), 'metrics.AP'
    yield json.dumps(evaluation('m', AP='0.5')), 'metrics.AP'
    yield json.dumps(dict(evaluation('m'), data=None)), 'data'
    yield json.dumps(dict(evaluation('m'), baseline=[1])), 'baseline'


@pytest.mark.parametrize('text, named', list(damaged()))
def test_a_damaged_record_is_named_with_what_is_wrong(text, named, tmp_path):
    save(tmp_path, {'good.json': benchmark(row('m', 2.0))})
    (tmp_path / 'bad.json').write_text(text)
    with pytest.raises(ValueError, match=named) as caught:
        read_sources([tmp_path / 'good.json', tmp_path / 'bad.json'])
    assert 'bad.json' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / 'bad.json').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match='bad.json'):
        read_sources([tmp_path])


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(OSError, match='nowhere.json'):
        read_sources([tmp_path / 'nowhere.json'])
    with pytest.raises(ValueError, match='no benchmark record'):
        read_sources([tmp_path])
    save(tmp_path, {'judged.json': evaluation('m', AP=0.5)})
    with pytest.raises(ValueError, match='no benchmark record'):
        read_sources([tmp_path])
