"""Rows of files without a spec: a forward time and nothing else."""

import csv
import io
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.report import build_report
from mmpose_lightkpt.deploy.report.merge import merge
from mmpose_lightkpt.deploy.report.sources import read_sources

sys.path.insert(0, str(Path(__file__).parent))
from report_records import (  # noqa: E402
    benchmark,
    evaluation,
    row,
    save,
    stages,
)


def alone(milliseconds, **changes):
    """A .tflite file's row, faster than all others."""
    forward = stages(milliseconds)['forward']
    return row(
        'peer.tflite',
        0.0,
        precision='int8',
        runtime='litert',
        params=None,
        macs=None,
        parity={},
        flags={'no reference': 'forward time alone'},
        stages=dict(preprocess=None, forward=forward, decode=None, total=None),
        **changes,
    )


@pytest.fixture
def texts(tmp_path):
    """Text of each file of a report, by suffix."""

    def texts(*rows, **records):
        found = {'a.json': benchmark(*rows, reference='own'), **records}
        save(tmp_path / 'records', found)
        built = build_report([tmp_path / 'records'], tmp_path / 'out')
        return {path.suffix: path.read_text() for path in built.files}

    return texts


def test_the_other_stages_are_dashes_and_empty_cells(texts):
    found = texts(row('own', 4.0), alone(1.0))
    line = next(
        line for line in found['.md'].splitlines() if '`peer.tflite`' in line
    )
    cells = [cell.strip() for cell in line.split('|')[1:-1]]
    assert cells[2:4] == ['-', '-']  # sum and fps
    assert cells[7:12] == ['-', '0.85', '-', '-', '-']
    assert 'no reference: forward time alone' in cells[-1]
    table = {r['model']: r for r in csv.DictReader(io.StringIO(found['.csv']))}
    peer = table['peer.tflite']
    for name in ('fps', 'total_ratio', 'parity_passed', 'total_median'):
        assert peer[name] == ''
    assert float(peer['forward_median']) == pytest.approx(0.85)
    assert table['own']['parity_passed'] == 'True'
    assert 'peer.tflite' in found['.html'].replace('<wbr>', '')


def test_it_is_never_advised_nor_drawn(texts):
    judged = {'b.json': evaluation('peer.tflite', PixelPCK=0.99)}
    found = texts(row('own', 4.0), alone(1.0), **judged)
    assert '- Fastest: own' in found['.md']
    assert '0.99' not in found['.md']
    assert found['.html'].count('<div class="bar"') == 1


def test_a_report_of_nothing_else_is_made(texts):
    found = texts(alone(1.0))
    assert 'No latency was measured' in found['.html']
    assert 'Fastest' not in found['.md']


def test_repeats_are_judged_by_the_forward_pass(tmp_path):
    unsteady = alone(1.0)
    unsteady['stages']['forward'].update(cv=0.5)
    save(tmp_path, {'a.json': benchmark(unsteady)})
    (found,) = merge(read_sources([tmp_path])).rows
    assert 'unsteady: CV 0.50' in found.flags
    assert found.total is None and found.fps is None
