"""The tables of a study hold what its records say, and nothing else."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from study_records import bench, cells, judged, names  # noqa: E402

from mmpose_lightkpt.evaluation import (  # noqa: E402
    Rung,
    ablation_table,
    ladder_table,
)

pytestmark = pytest.mark.mmpose


def test_a_rung_has_its_sizes_times_accuracies_and_effort():
    rungs = [Rung('ipr', [judged(mean=0.51234, pixel=0.4, ece=0.1)])]
    page = ladder_table(rungs, bench(ipr_small=3.3, bare=3.0))
    assert cells(page, 'ipr') == {
        'rung': 'ipr',
        'params': '1.50 M',
        'MACs': '60.00 M',
        'forward ms': '3.30',
        'ratio': '1.10',
        'decode ms': '0.50',
        'TorsoPCK, 14 joints': '0.512',
        'PixelPCK': '0.400',
        'ECE': '0.100',
        'epochs': '8',
        'seeds': '1',
        'hours': '0.50',
    }


def test_the_bare_backbone_comes_first_and_the_mean_pose_last():
    rungs = [
        Rung('a', [judged('a', mean=0.5)]),
        Rung('b', [judged('b', mean=0.4)]),
    ]
    page = ladder_table(rungs, bench(a_small=3.3, bare=3.0))
    assert names(page) == ['*bare*', 'a', 'b', '*mean pose*']
    assert cells(page, '*bare*')['ratio'] == '1.00'
    assert cells(page, '*bare*')['TorsoPCK, 14 joints'] == '-'
    assert cells(page, '*mean pose*')['TorsoPCK, 14 joints'] == '0.111'
    assert cells(page, '*mean pose*')['forward ms'] == '-'
    assert cells(page, 'b')['forward ms'] == '-'


def test_a_reference_that_is_a_rung_comes_once():
    rungs = [Rung('a', [judged('a', mean=0.5)])]
    page = ladder_table(rungs, bench(reference='a_small', a_small=3.0))
    assert names(page) == ['a', '*mean pose*']


def test_times_relative_to_a_whole_rung_say_so():
    rungs = [Rung('large', [judged('a', mean=0.5)]), Rung('b', model='b')]
    record = bench(reference='a_small', a_small=4.0, b=3.0)
    page = ladder_table(rungs, record)
    assert 'ratio: relative to the forward of large.' in page
    assert cells(page, 'b')['ratio'] == '0.75'
    assert cells(page, 'large')['ratio'] == '1.00'


def test_what_the_study_did_not_train_has_no_effort_there():
    """Whatever the record knows of where the weights come from."""
    rung = Rung('a', [judged(mean=0.5)], trained=False)
    row = cells(ladder_table([rung]), 'a')
    assert [row[key] for key in ('epochs', 'seeds', 'hours')] == ['-'] * 3


def test_groups_of_joints_have_a_table_of_their_own():
    rungs = [
        Rung('a', [judged(mean=0.5, knee=0.4, head=0.9)]),
        Rung('not judged', model='x'),
    ]
    page = ladder_table(rungs)
    assert cells(page, 'a', table=1) == {
        'TorsoPCK of': 'a',
        'head': '0.900',
        'knee': '0.400',
    }
    assert list(cells(page, 'a', table=1)) == ['TorsoPCK of', 'head', 'knee']
    assert names(page, table=1) == ['a', '*mean pose*']


def test_without_a_benchmark_there_are_no_times():
    page = ladder_table([Rung('a', [judged(mean=0.5)])])
    assert 'forward ms' not in page and 'Times' not in page


def test_seeds_are_averaged_and_their_range_shown():
    seeds = [judged(seed=s, mean=m) for s, m in enumerate((0.5, 0.6))]
    seeds[1]['details'].update(training_hours=0.7, epochs=9)
    page = ladder_table([Rung('a', seeds)])
    row = cells(page, 'a')
    assert row['TorsoPCK, 14 joints'] == '0.550 ± 0.050'
    assert row['seeds'] == '2'
    assert row['hours'] == '0.60'
    assert row['epochs'] == '8, 9'
    assert 'half of the range' in page
    assert '±' not in ladder_table([Rung('a', seeds[:1])])


def test_below_stands_what_the_figures_mean_and_are_of():
    page = ladder_table([Rung('a', [judged(mean=0.5)])], bench(bare=3.0))
    for part in (
        'TorsoPCK: joints within 0.2',
        'trained on a; tested on b.',
        '1 thread of A CPU (virtual)',
        'relative to bare',
    ):
        assert part in page
    assert 'ECE:' not in page
    for change, part in (
        (dict(complete=False), 'INTERRUPTED'),
        (dict(emulated=True), 'not latencies'),
    ):
        page = ladder_table([Rung('a')], bench(bare=3.0, **change))
        assert part in page


def test_the_noise_of_the_test_is_told():
    records = [judged(mean=0.5), judged(mean=0.6)]
    for record, error in zip(records, (0.0051, 0.0072)):
        key = {'TorsoPCK/mean14': error}
        record['details']['standard_error'] = key
    page = ladder_table([Rung(str(n), [r]) for n, r in enumerate(records)])
    assert 'over the persons of the test: up to 0.007.' in page
    assert 'Standard error' not in ladder_table([Rung('a', [judged(ap=1)])])


def test_a_rung_that_failed_keeps_its_line():
    page = ladder_table([Rung('a', [judged(mean=0.5)]), Rung('failed')])
    assert set(cells(page, 'failed').values()) == {'failed', '-'}


def test_an_ablation_shows_its_change_and_its_difference():
    same = {'train_cfg.max_epochs': 4, 'model.head.temperature': 10}
    control = Rung('control', [judged(mean=0.5, ap=0.2, options=same)])
    changed = {
        **same,
        'randomness.seed': 3,
        'codec.target': 'rounded',
        'model.head.decoder.target': 'rounded',
        'model.head.temperature': 1,
        'model.head._delete_': True,
    }
    ablations = [
        Rung('rounded', [judged(mean=0.46, ap=0.21, options=changed)]),
        Rung('failed'),
    ]
    page = ablation_table(ablations, control)
    assert names(page) == ['control', 'rounded', 'failed']
    assert cells(page, 'rounded') == {
        'ablation': 'rounded',
        'change': '`temperature=1`, `target=rounded`',
        'TorsoPCK, 14 joints': '0.460 (-0.040)',
        'AP': '0.210 (+0.010)',
        'epochs': '8',
        'seeds': '1',
        'hours': '0.50',
    }
    assert cells(page, 'control')['change'] == '-'
    assert cells(page, 'control')['AP'] == '0.200'
    assert cells(page, 'failed')['AP'] == '-'
    assert 'difference from control' in page


def test_an_ablation_of_another_config_names_it():
    control = Rung('control', [judged('a', mean=0.5)])
    other = Rung('other', [judged('b', mean=0.5)])
    page = ablation_table([other], control)
    assert cells(page, 'other')['change'] == '`b_small`'


def test_ablations_that_were_timed_show_it():
    control = Rung('control', [judged(mean=0.5)], model='ipr')
    large = Rung('large', [judged(mean=0.6)], model='large')
    page = ablation_table([large], control, bench(ipr=3.0, large=6.0, bare=2))
    assert cells(page, 'large')['ratio'] == '3.00'
    assert names(page) == ['control', 'large']


def test_ablations_that_were_not_timed_have_no_columns_of_times():
    control = Rung('control', [judged(mean=0.5)], model='control')
    page = ablation_table([Rung('a')], control, bench(ipr=3.0, bare=2.0))
    assert 'forward ms' not in page and 'Times' not in page


def test_without_rungs_there_is_no_table():
    assert '|' not in ladder_table([])


def test_a_control_among_the_ablations_comes_once():
    control = Rung('control', [judged(mean=0.5)])
    page = ablation_table([Rung('a', [judged(mean=0.4)]), control], control)
    assert names(page) == ['control', 'a']
