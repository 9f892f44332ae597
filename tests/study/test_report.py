"""A report says what is there, what is not, and with which command."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.deploy.results import (
    STAGES,  # noqa: E402
    save_record,  # noqa: E402
)
from mmpose_lightkpt.evaluation import write_record  # noqa: E402
from mmpose_lightkpt.study import load_study  # noqa: E402
from mmpose_lightkpt.study.report import write_report  # noqa: E402

pytestmark = pytest.mark.mmpose
STUDY = """
title = 'Two rungs'
metric = 'TorsoPCK/mean14'
reference = 'backbone'
rungs = [
    dict(name='a', config='a_lsp'),
    dict(name='b', config='b_lsp', seeds=(0, 7)),
]
ablations = [
    dict(name='control', start_from='a', epochs=4),
    dict(name='hot', start_from='a', epochs=4),
]
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / 's.py').write_text(STUDY)
    (tmp_path / 'out').mkdir()
    return load_study(tmp_path / 's.py')


@pytest.fixture
def judge(tmp_path):
    """Return a function that gives a run a record."""

    def write(run, value, config='a_lsp', **details):
        write_record(
            tmp_path / 'out' / run / 'evaluation.json',
            command='python tools/test.py',
            config=f'configs/{config}.py',
            data='tested on people',
            metrics={'TorsoPCK/mean14': value},
            baseline={'TorsoPCK/mean14': 0.03},
            details=dict(epochs=8, seed=0, training_hours=1.5, **details),
        )

    return write


def row(model, ms):
    stage = dict(median=ms, p90=ms, p99=ms, min=ms, cv=0, low=ms, high=ms)
    return dict(
        model=model,
        input_size=[192, 256],
        threads=1,
        precision='fp32',
        params=870_000,
        macs=54_000_000,
        counted_macs=None,
        file_bytes=1,
        parity={},
        stages={name: dict(stage, repeats=5) for name in STAGES},
        samples=[],
    )


ROWS = [row('a_lsp', 3.0), row('b_lsp', 6.0), row('x_backbone', 2.0)]


def write_times(out, rows=ROWS, reference='x_backbone'):
    record = dict(
        version=1,
        command='python tools/benchmark_ncnn.py',
        reference=reference,
        date='2026-01-02T03:04:05+00:00',
        device=dict(cpu='A CPU'),
        plan={},
        complete=True,
        rows=rows,
        failures=[],
    )
    save_record(record, out / 'benchmark.json')


def cells(table, name):
    """Cells of the first row of a name."""
    lines = [line for line in table.splitlines() if line.startswith('|')]
    rows = [[c.strip() for c in line.strip('|').split('|')] for line in lines]
    return next(row for row in rows if row[0] == name)


def test_without_anything_it_says_so(study, tmp_path):
    missing = write_report(study, tmp_path / 'out')
    assert missing == [
        *(f'{name} is not judged' for name in ('a', 'b', 'b-seed7')),
        *(f'{name} is not judged' for name in ('control', 'hot')),
        'no times: run the step benchmark',
    ]
    table = (tmp_path / 'out' / 'table.md').read_text()
    assert '0.0 hours' in table and 'Not there yet: a is not' in table
    assert '.png' not in table and 'Ablations' not in table
    assert not list((tmp_path / 'out').glob('*.png'))


def test_a_whole_study_is_in_its_table_and_plots(study, judge, tmp_path):
    out, bins = tmp_path / 'out', dict(edges=[0, 1], counts=[3])
    calibration = dict(bins, scores=[0.5], shares=[0.4])
    judge('a', 0.5, calibration=calibration)
    judge('b', 0.6, 'b_lsp')
    judge('b-seed7', 0.7, 'b_lsp')
    judge('control', 0.52)
    judge('hot', 0.42, options={'model.head.temperature': 16.0})
    write_times(out)
    assert write_report(study, out) == []
    table = (out / 'table.md').read_text()
    assert table.startswith('# Two rungs\n\n`python tools/run_study.py ')
    assert '7.5 hours of training' in table
    assert {'3.00', '1.50', '0.500'} <= set(cells(table, 'a'))
    assert {'6.00', '3.00', '0.650 ± 0.050', '2'} <= set(cells(table, 'b'))
    hot = cells(table, 'hot')
    assert '`temperature=16.0`' in hot and '0.420 (-0.100)' in hot
    for name in ('ladder.png', 'calibration.png'):
        assert f'({name})' in table
        assert (out / name).read_bytes().startswith(b'\x89PNG')


def test_changes_of_a_rung_are_compared_with_the_mean_of_its_seeds(
    judge, tmp_path
):
    before = "name='hot', start_from='a', epochs=4"
    changed = STUDY.replace(before, "name='hot', like='b'")
    (tmp_path / 's.py').write_text(changed)
    study = load_study(tmp_path / 's.py')
    judge('b', 0.6, 'b_lsp')
    judge('b-seed7', 0.7, 'b_lsp')
    judge('control', 0.5)
    judge('hot', 0.42, 'b_lsp', options={'model.head.temperature': 16.0})
    write_report(study, tmp_path / 'out')
    table = (tmp_path / 'out' / 'table.md').read_text()
    starts, changes = table.split('## Ablations')[1].split('## Changes of b')
    assert 'Each starts from the last weights of a.' in starts
    assert 'hot' not in starts and 'control' not in changes
    assert 'Each is trained as b is, but for one change.' in changes
    assert '0.650 ± 0.050' in cells(changes, 'b')
    hot = cells(changes, 'hot')
    assert '`temperature=16.0`' in hot and '0.420 (-0.230)' in hot


def test_a_change_with_a_time_of_its_own_is_in_the_plot(
    judge, tmp_path, monkeypatch
):
    """One that only changes the training has none, nor has its rung's."""
    before = "dict(name='hot', start_from='a', epochs=4),"
    more = "dict(name='wide', like='b', export=True), dict(name='l', like='b')"
    (tmp_path / 's.py').write_text(STUDY.replace(before, more))
    study, out = load_study(tmp_path / 's.py'), tmp_path / 'out'
    for run in ('a', 'b', 'control', 'wide', 'l'):
        judge(run, 0.6, 'a_lsp' if run in ('a', 'control') else 'b_lsp')
    write_times(out, [*ROWS, row('wide', 9.0)])
    drawn = {}
    monkeypatch.setattr(
        'mmpose_lightkpt.study.report.ladder_plot',
        lambda points, *_: drawn.update({p.label: p.ms for p in points}),
    )
    write_report(study, out)
    assert drawn == {'a': 3.0, 'b': 6.0, 'wide': 9.0}


def test_what_was_not_trained_is_told_and_not_counted(judge, tmp_path):
    more = "config='a_lsp', checkpoint='given/a.pth', line='l'"
    text = STUDY.replace("config='a_lsp'", more)
    text = text.replace("'backbone'", "'a'")
    (tmp_path / 's.py').write_text(text)
    study, out = load_study(tmp_path / 's.py'), tmp_path / 'out'
    judge('a', 0.5, source='theirs.tflite, sha256 12')
    judge('b', 0.6, 'b_lsp')
    write_times(out)
    write_report(study, out)
    table = (out / 'table.md').read_text()
    assert '1.5 hours of training in all' in table
    assert (
        'Not trained in this study: a (a.pth, imported from theirs.tflite, '
        'sha256 12).'
    ) in table
    assert cells(table, 'a')[-3:] == ['-', '-', '-']
    assert cells(table, 'b')[-3:] == ['8', '1', '1.50']


def test_a_study_that_trains_nothing_tells_no_hours(judge, tmp_path):
    rungs = [
        f"dict(name='a-{side}', config='a_lsp', checkpoint='a.pth', line='a')"
        for side in (64, 48)
    ]
    text = f"metric = 'TorsoPCK/mean14'\nrungs = [{', '.join(rungs)}]"
    (tmp_path / 's.py').write_text(text + "\nreference = 'a-64'")
    study, out = load_study(tmp_path / 's.py'), tmp_path / 'out'
    judge('a-64', 0.5)
    judge('a-48', 0.4)
    rows = [row('a-64', 3.0), row('a-48', 1.5)]
    write_times(out, rows, reference='a-64')
    assert write_report(study, out) == []
    table = (out / 'table.md').read_text()
    assert 'hours of training' not in table and 'last epoch' not in table
    assert (
        '--out DIR`: Not trained in this study: a-64, a-48 (a.pth).' in table
    )
    assert 'relative to the forward of a-64.' in table
    assert cells(table, 'a-48')[4] == '0.50'
    assert (out / 'ladder.png').read_bytes().startswith(b'\x89PNG')


def test_a_start_elsewhere_is_told(study, judge, tmp_path):
    judge('a', 0.5)
    write_report(study._replace(start_from='first'), tmp_path / 'out')
    table = (tmp_path / 'out' / 'table.md').read_text()
    assert 'namesake in the study first, whose hours are not' in table


def test_a_plot_that_is_out_of_date_is_not_kept(study, judge, tmp_path):
    out = tmp_path / 'out'
    for name in ('ladder.png', 'calibration.png'):
        (out / name).write_text('of another time')
    judge('a', 0.5)
    write_report(study, out)
    assert not list(out.glob('*.png'))


def test_a_damaged_record_is_named(study, judge, tmp_path):
    judge('a', 0.5)
    (tmp_path / 'out' / 'a' / 'evaluation.json').write_text('{')
    with pytest.raises(ValueError, match='a/evaluation.json: not a record'):
        write_report(study, tmp_path / 'out')
