"""Tables hold what the records say, and nothing else."""

import json

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.deploy.results import STAGES  # noqa: E402
from mmpose_lightkpt.evaluation import model_table, published  # noqa: E402

pytestmark = pytest.mark.mmpose
CONFIG = 'configs/body/coco/small.py'


def bench(times, date='2026-01-02', reference='big', **device):
    """A record; ``times`` maps (model, threads) to the forward time in ms."""

    def row(model, threads, forward):
        medians = dict(zip(STAGES, (1.0, forward, 0.5, forward + 1.5)))
        names = ('p90', 'p99', 'min', 'cv', 'low', 'high')
        stages = {
            stage: dict(dict.fromkeys(names, 9.0), median=value, repeats=3)
            for stage, value in medians.items()
        }
        return dict(
            model=model,
            input_size=[192, 160],
            threads=threads,
            precision='fp32',
            params=262726,
            macs=176_100_000,
            counted_macs=None,
            file_bytes=1_070_000,
            parity={},
            stages=stages,
            samples=[],
        )

    return dict(
        version=1,
        command='benchmark_ncnn.py x',
        date=date,
        device=dict(dict(board='Board 5', versions={}), **device),
        plan=dict(repeats=3, loops=7),
        reference=reference,
        complete=True,
        rows=[row(*case, time) for case, time in times.items()],
        failures=[],
    )


def judged(config=CONFIG, date='2026-01-01', **changes):
    record = dict(
        version=1,
        kind='evaluation',
        command='python tools/test.py x',
        config=config,
        data='val.json, 7 people',
        date=date,
        device={},
        metrics={'PixelPCK': 0.4321, 'coco/AP': 0.2109},
        baseline={'PixelPCK': 0.0412, 'coco/AP': 0.0},
        details=dict(epochs=3),
    )
    return dict(record, **changes)


@pytest.fixture
def results(tmp_path):
    """Write records to a folder and read them."""

    def write(**records):
        for name, record in records.items():
            (tmp_path / f'{name}.json').write_text(json.dumps(record))
        return published.read_results(tmp_path)

    return write


def cells(table, model):
    """The cells of a model's row by the head of their column."""
    lines = [line for line in table.splitlines() if line.startswith('|')]
    head, _, *rows = [
        [cell.strip() for cell in line.strip('|').split('|')] for line in lines
    ]
    assert all(len(row) == len(head) for row in rows)
    (row,) = [row for row in rows if model in row[0]]
    return dict(zip(head, row))


def test_without_records_no_figure_is_shown(results):
    nothing = results()
    assert model_table.results_table(nothing) == model_table.NOTHING
    assert model_table.promise(nothing) == ''


def test_accuracy_and_times_of_one_model_meet_in_one_row(results):
    table = model_table.results_table(
        results(
            a=judged(),
            b=bench({('big', 1): 5.0, ('small', 1): 3.4, ('small', 2): 2.0}),
        )
    )
    assert cells(table, 'small') == {
        'model': f'[small]({CONFIG})',
        'data': 'coco',
        'params': '0.26 M',
        'MACs': '176.10 M',
        'file': '1.07 MB',
        'PixelPCK': '0.432 (0.041)',
        'AP': '0.211 (0.000)',
        'Board 5, 1 thread': '3.40 / 4.90 (0.68)',
        'Board 5, 2 threads': '2.00 / 3.50',
    }
    big = cells(table, 'big')
    assert big['Board 5, 1 thread'] == '5.00 / 6.50'
    assert big['PixelPCK'] == big['data'] == '-'
    assert table.rstrip().endswith('forward relative to big.')


def test_the_overview_leaves_studies_to_their_own_tables(results):
    found = results(
        a=judged(),
        b=bench({('small', 1): 3.4}),
    )
    rung = judged(config='configs/body/lsp/rung.py')
    study = published.Results(
        [*found.evaluations, ('ladder/rung.json', rung)],
        [
            *found.benchmarks,
            ('ladder/benchmark.json', bench({('rung', 1): 5.0})),
        ],
    )
    assert 'rung' in model_table.results_table(study)
    assert model_table.overview(study) == model_table.results_table(found)


def test_a_model_without_times_has_dashes(results):
    row = cells(model_table.results_table(results(a=judged())), 'small')
    assert row['params'] == row['MACs'] == row['file'] == '-'


def test_a_model_with_no_figure_of_the_columns_has_no_row(results):
    """One that is judged by another metric alone is among the records."""
    whole = judged('configs/body/coco/whole.py', metrics={'whole/AP': 0.2})
    found = results(a=judged(), b=whole)
    assert 'whole' not in model_table.results_table(found)
    assert 'whole/AP 0.2000' in model_table.zoo(found)


def test_a_model_without_a_baseline_shows_its_figure_alone(results):
    table = model_table.results_table(results(a=judged(baseline=None)))
    assert cells(table, 'small')['PixelPCK'] == '0.432'


def test_torso_pck_has_a_column_where_it_was_measured(results):
    metrics = {'TorsoPCK/mean14': 0.5, 'MeanOKS': 0.25}
    lsp = judged('configs/lsp/l.py', metrics=metrics)
    table = model_table.results_table(results(a=judged(), b=lsp))
    assert cells(table, '[l]')['TorsoPCK'] == '0.500'
    assert cells(table, '[l]')['mean OKS'] == '0.250'
    assert cells(table, 'small')['TorsoPCK'] == '-'


def test_the_newest_record_counts_whatever_its_file_is_called(results):
    table = model_table.results_table(
        results(
            a=judged(date='2026-03-01', metrics={'PixelPCK': 0.9}),
            b=judged(date='2026-02-01', metrics={'PixelPCK': 0.1}),
            c=bench({('small', 1): 9.0}, '2026-03-02'),
            d=bench({('small', 1): 1.0}, '2026-02-02'),
        )
    )
    row = cells(table, 'small')
    assert row['PixelPCK'].startswith('0.900')
    assert row['Board 5, 1 thread'].startswith('9.00')


def test_an_ablation_is_not_taken_for_its_config(results):
    changed = dict(options={'model.head.debias': 'paper'})
    found = results(
        a=judged(),
        b=judged(
            date='2027-01-01', metrics={'PixelPCK': 0.9}, details=changed
        ),
    )
    row = cells(model_table.results_table(found), 'small')
    assert row['PixelPCK'].startswith('0.432')
    assert '0.9' not in model_table.zoo(found)


def test_what_others_trained_is_in_no_table_of_ours(results):
    theirs = judged(
        date='2027-01-01',
        metrics={'PixelPCK': 0.9},
        details=dict(source='theirs.tflite'),
    )
    times = bench({('small', 1): 3.4})
    alone = results(a=theirs, b=times)
    assert model_table.promise(alone) == ''
    assert 'PixelPCK' not in cells(model_table.overview(alone), 'small')
    found = results(a=theirs, b=times, c=judged())
    assert len(found.imported) == 1
    for page in (model_table.promise, model_table.overview, model_table.zoo):
        assert '0.432' in page(found)
        assert '0.9' not in page(found) and 'theirs' not in page(found)


def test_the_zoo_lists_no_explanation_that_is_a_list(results):
    details = dict(epochs=3, calibration=dict(counts=[12345]))
    page = model_table.zoo(results(a=judged(details=details)))
    assert 'epochs 3' in page
    assert 'calibration' not in page and '12345' not in page


def test_times_of_an_emulator_are_no_times(results):
    table = model_table.results_table(
        results(a=bench({('small', 1): 1.0}, emulated=True), b=judged())
    )
    assert 'thread' not in table


def test_ratios_stay_within_one_record(results):
    table = model_table.results_table(
        results(
            a=bench({('big', 1): 5.0}), b=bench({('small', 1): 3.0}, '2027')
        )
    )
    assert cells(table, 'small')['Board 5, 1 thread'] == '3.00 / 4.50'


def test_the_promise_names_model_time_device_and_data(results):
    found = results(
        a=judged(),
        b=bench({('small', 1): 3.4, ('small', 2): 1.0}),
        c=judged('configs/body/toy/fast.py'),
        d=bench({('fast', 1): 0.1}, '2026-01-03'),
    )
    promise = model_table.promise(found)
    for part in ('[small]', '4.9 ms', 'Board 5', '1.07 MB', '0.432', '7 p'):
        assert part in promise


def test_the_promise_is_the_most_accurate_model_not_the_fastest(results):
    worse = judged('configs/body/coco/fast.py')
    worse['metrics'] = dict(worse['metrics'], PixelPCK=0.1)
    found = results(
        a=judged(),
        b=bench({('small', 1): 3.4, ('fast', 1): 0.1}),
        c=worse,
    )
    assert '[small]' in model_table.promise(found)


def test_the_promise_is_the_fastest_of_those_that_are_as_good(results):
    nearly = judged('configs/body/coco/fast.py')
    nearly['metrics'] = dict(nearly['metrics'], PixelPCK=0.4301)
    found = results(
        a=judged(),
        b=bench({('small', 1): 3.4, ('fast', 1): 0.1}),
        c=nearly,
    )
    assert '[fast]' in model_table.promise(found)


def test_whose_weights_a_training_started_from_stands_beside_its_data(results):
    words = 'trained from theirs.pth on a.json; tested on val.json'
    table = model_table.results_table(results(a=judged(data=words)))
    assert ', from theirs.pth |' in table


def test_other_json_files_are_left_alone(results):
    found = results(a=dict(kind='codec', median_ms={}), b=[1, 2], c=judged())
    assert len(found.evaluations) == 1 and not found.benchmarks


@pytest.mark.parametrize(
    'record', [dict(judged(), metrics={}), dict(bench({}), device=None)]
)
def test_a_damaged_record_is_named(results, record):
    with pytest.raises(ValueError, match='a.json'):
        results(a=record)


def test_documents_are_brought_up_to_date_once(tmp_path):
    (tmp_path / 'docs' / 'results').mkdir(parents=True)
    for name, blocks in model_table.DOCUMENTS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        empty = (f'<!-- {b}:begin -->\n<!-- {b}:end -->\n' for b in blocks)
        path.write_text('before\n' + ''.join(empty) + 'after\n')
    readme, zoo = tmp_path / 'README.md', tmp_path / 'docs' / 'model_zoo.md'
    for name, record in (('a', judged()), ('b', bench({('small', 1): 3.0}))):
        path = tmp_path / 'docs' / 'results' / f'{name}.json'
        path.write_text(json.dumps(record))
    assert model_table.update_documents(tmp_path, write=False) == [readme, zoo]
    assert 'small' not in readme.read_text()
    assert model_table.update_documents(tmp_path) == [readme, zoo]
    assert model_table.update_documents(tmp_path) == []
    assert f'[small]({CONFIG})' in readme.read_text()
    page = zoo.read_text()
    assert f'[small](../{CONFIG})' in page
    assert '](results/a.json)' in page
    assert page.startswith('before\n') and page.endswith('after\n')
    assert 'python tools/test.py x' in page and 'epochs 3' in page


def test_a_document_without_markers_is_named(tmp_path):
    (tmp_path / 'README.md').write_text('nothing')
    with pytest.raises(ValueError, match='README.md.*promise:begin'):
        model_table.update_documents(tmp_path)


def test_every_config_timed_untrained_has_a_table_of_its_own(results):
    found = results(a=judged(), b=bench({('small', 1): 3.4}))
    of_all = dict(bench({('big', 1): 8.0, ('small', 1): 9.0}), weights='none')
    with_zoo = results(zoo=of_all)
    assert [name for name, _ in with_zoo.zoos] == ['zoo.json']
    for table in (model_table.results_table, model_table.overview):
        assert table(with_zoo) == table(found)
    assert model_table.promise(with_zoo) == model_table.promise(found)
    page = model_table.zoo(with_zoo)
    before, after = page.split('### Every config')
    assert '9.00 / 10.50' in after and '9.00' not in before
    assert 'Weights: none.' in after
