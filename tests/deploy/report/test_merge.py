import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.report.cells import cells, heads
from mmpose_lightkpt.deploy.report.csv_file import format_csv
from mmpose_lightkpt.deploy.report.devices import environment, name_devices
from mmpose_lightkpt.deploy.report.flags import row_flags
from mmpose_lightkpt.deploy.report.groups import (
    default_cases,
    front,
    groups,
    picks,
)
from mmpose_lightkpt.deploy.report.merge import merge
from mmpose_lightkpt.deploy.report.sources import Source, Sources

sys.path.insert(0, str(Path(__file__).parent))
from report_records import (  # noqa: E402
    benchmark,
    evaluation,
    row,
    stages,
    three_boards,
)


def merged(*records, metric=None):
    sources = Sources([], [])
    for i, record in enumerate(records):
        kind = sources.evaluations if 'kind' in record else sources.benchmarks
        kind.append(Source(f'{i}.json', record))
    return merge(sources, metric)


def all_boards(**changes):
    return merged(*three_boards().values(), **changes)


# Devices ------------------------------------------------------------------


def test_older_records_of_a_device_need_not_tell_its_features():
    old = dict(cpu='a CPU', kernel='6')
    new = dict(old, features=['avx', 'fma'])
    first, second = name_devices([old, new])
    assert first == second and first.label == 'a CPU'
    assert ('CPU features', 'avx, fma') in first.facts
    other = name_devices([old, dict(new, kernel='7')])
    assert other[0] != other[1] and 'kernel 7' in other[1].label


def test_one_environment_is_one_device_whatever_its_load():
    device = dict(board='Pi', governor='performance')
    first, second = name_devices(
        [
            dict(device, load_average=[0.1, 0, 0]),
            dict(device, load_average=[2.1, 0, 0]),
        ]
    )
    assert first == second and first.label == 'Pi'


def test_what_two_of_one_name_differ_in_is_in_their_names():
    devices = [
        dict(board='Pi', governor=governor, versions=dict(ncnn=version))
        for governor, version in (('ondemand', '1'), ('performance', '1'))
    ]
    labels = [device.label for device in name_devices(devices)]
    assert labels == ['Pi (governor ondemand)', 'Pi (governor performance)']


def test_a_device_of_which_nothing_is_known_has_a_name():
    (device,) = name_devices([{}])
    assert device.label == 'unknown device' and device.is_real


def test_an_environment_keeps_what_later_versions_add():
    facts = dict(environment(dict(cpu='A76', board=None, clock=[1, 2])))
    assert facts == {'CPU': 'A76', 'clock': '1, 2'}


# Flags --------------------------------------------------------------------


def flags_of(changes=None, device=None, **record):
    one = row('m', 10.0, **(changes or {}))
    return row_flags(one, benchmark(one, device=device, **record))


def test_a_quiet_row_has_no_flag():
    assert flags_of() == ()


@pytest.mark.parametrize(
    'statistics, flag',
    [
        (dict(low=9.0, high=10.1), 'repeats differ by 11%'),
        (dict(cv=0.31), 'unsteady: CV 0.31'),
        (dict(repeats=1), 'one repeat'),
    ],
)
def test_statistics_that_speak_against_a_time(statistics, flag):
    found = flags_of(dict(stages=stages(10.0, **statistics)))
    assert flag in found


def test_load_is_other_load_only_beyond_the_timed_threads():
    busy = dict(load_average=[2.6, 0, 0])
    assert flags_of(dict(threads=1), busy) == ('other load',)
    assert flags_of(dict(threads=4), busy) == ()


def test_an_interrupted_row_says_how_far_it_came():
    changes = dict(stages=stages(10.0, repeats=2))
    (flag,) = flags_of(changes, complete=False)
    assert flag == 'interrupted after 2 of 5 repeats'
    assert flags_of(complete=False) == ()  # this one had all of its own


def test_flags_of_the_row_itself_are_kept():
    assert flags_of(dict(flags=['throttled'])) == ('throttled',)
    told = dict(throttled=True, clock='-20%', bimodal=False)
    assert flags_of(dict(flags=told)) == ('throttled', 'clock: -20%')


# Rows ---------------------------------------------------------------------


def test_times_and_accuracies_meet_by_the_name_of_the_model():
    report = merged(
        benchmark(row('a', 2.0), row('b', 3.0)), evaluation('b', MeanOKS=0.7)
    )
    assert [(r.number, r.model, r.accuracy is None) for r in report.rows] == [
        (1, 'b', False),
        (2, 'a', True),
    ]
    assert report.rows[0].accuracy.metrics == {'MeanOKS': 0.7}


def test_the_newest_of_two_times_of_one_case_counts():
    old = benchmark(row('m', 9.0), row('m', 5.0, threads=2))
    report = merged(old, benchmark(row('m', 2.0)))
    assert [(r.threads, r.total) for r in report.rows] == [(1, 2.0), (2, 5.0)]
    assert [r.source for r in report.rows] == ['1.json', '0.json']


def test_a_ratio_is_to_the_reference_at_the_same_threads():
    rows = [row('a', 4.0), row('b', 6.0), row('b', 5.0, threads=2)]
    report = merged(benchmark(*rows, reference='a'))
    assert [(r.model, r.threads, r.ratio) for r in report.rows] == [
        ('a', 1, None),
        ('b', 1, 1.5),
        ('b', 2, None),
    ]


def test_a_metric_that_nobody_measured_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'AUC'.*MeanOKS, coco/AP"):
        all_boards(metric='AUC')
    assert all_boards(metric='MeanOKS').metric == 'MeanOKS'


# Comparisons --------------------------------------------------------------


def test_data_sets_are_compared_apart():
    report = merged(
        benchmark(row('a', 2.0), row('b', 3.0), row('c', 4.0)),
        evaluation('a', 'coco', MeanOKS=0.5, PixelPCK=0.2),
        evaluation('b', 'coco', MeanOKS=0.6),
        evaluation('c', 'lsp', PixelPCK=0.3, baseline=dict(PixelPCK=0.1)),
    )
    assert [(g.name, g.metric, g.baseline) for g in groups(report)] == [
        ('coco', 'MeanOKS', None),
        ('lsp', 'PixelPCK', 0.1),
    ]


def test_the_front_holds_what_nothing_beats():
    report = merged(
        benchmark(*(row(name, ms) for name, ms in zip('abcd', (1, 2, 3, 3)))),
        *(
            evaluation(name, MeanOKS=value)
            for name, value in zip('abcd', (0.5, 0.4, 0.5, 0.6))
        ),
    )
    (group,) = groups(report)
    assert [r.model for r in front(group, group.rows)] == ['a', 'd']


def test_a_device_is_told_what_to_take():
    report = all_boards()
    lines = {d.label: picks(report, d) for d in report.devices}
    assert lines.pop('ARM 0x41/0xd0b (emulated)') == []
    four = [pick.text for pick in lines['Raspberry Pi 4 Model B']]
    # At 30 a second 33.3 ms are left: 6.2 * 4.7 = 29.1 fits with one thread,
    # 29 * 4.7 * 0.42 = 57.2 does not.
    assert four[0].startswith('Fastest: deeppose_small, 8.1 ms, 4 threads')
    assert four[1].startswith('Most accurate on lsp') and 'simcc' in four[1]
    assert lines['Raspberry Pi 5 Model B'][1].model == 'heatmap_small'


def test_a_device_that_is_too_slow_is_told_so():
    report = merged(benchmark(row('m', 34.0)), evaluation('m', MeanOKS=0.5))
    assert picks(report, report.devices[0])[1].text == (
        'On lsp nothing reaches 30 images a second'
    )


def test_at_first_every_device_shows_the_commonest_case_that_it_has():
    report = merged(
        benchmark(row('a', 2.0), row('b', 2.0), row('b', 1.0, threads=4)),
        benchmark(row('a', 1.0, precision='bf16'), device=dict(board='X')),
    )
    assert list(default_cases(report).values()) == [
        '1 thread, fp32',
        '1 thread, bf16',
    ]


# Engines ------------------------------------------------------------------


def columns(report):
    names = [head.name for head in heads(report)]
    return [
        dict(zip(names, (cell.text for cell in cells(row, report))))
        for row in report.rows
    ]


def of_engines(*rows, **changes):
    return merged(
        benchmark(*rows, reference='m', **changes),
        evaluation('m', MeanOKS=0.5),
    )


def test_a_column_names_the_engines_where_there_is_more_than_ncnn():
    assert 'runtime' not in columns(of_engines(row('m', 4.0)))[0]
    report = of_engines(row('m', 4.0), row('m', 5.0, runtime='mnn'))
    assert [line['runtime'] for line in columns(report)] == ['ncnn', 'mnn']
    assert [line['ratio'] for line in columns(report)] == ['-', '1.25']
    assert [each.case for each in report.rows] == [
        '1 thread, fp32',
        '1 thread, fp32, mnn',
    ]


def test_the_csv_names_the_engine_of_every_row():
    report = of_engines(row('m', 4.0), row('m', 5.0, runtime='mnn'))
    head, *lines = (line.split(',') for line in format_csv(report).split('\n'))
    found = [dict(zip(head, line)) for line in lines if len(line) > 1]
    assert [line['runtime'] for line in found] == ['ncnn', 'mnn']
    assert [line['parity_passed'] for line in found] == ['True', 'True']


def test_the_newest_row_of_each_engine_counts():
    old = benchmark(row('m', 9.0), row('m', 8.0, runtime='mnn'))
    new = benchmark(row('m', 4.0, runtime='ncnn'))
    rows = merged(old, new).rows
    assert [(r.runtime, r.total) for r in rows] == [('ncnn', 4), ('mnn', 8)]


def test_what_is_shown_at_first_is_ncnn():
    report = of_engines(row('m', 1.0, runtime='mnn'), row('m', 4.0))
    assert list(default_cases(report).values()) == ['1 thread, fp32']


def test_int8_over_the_bound_is_marked_and_has_no_accuracy():
    flag = {'PARITY FAILED': 'p99 3.20 px, 25% of joints over 0.5 px'}
    lossy = row(
        'm',
        1.0,
        precision='int8',
        runtime='onnxruntime',
        parity=dict(passed=False, shift_p99=3.2),
        flags=flag,
    )
    report = of_engines(row('m', 4.0), lossy)
    plain, found = columns(report)
    assert plain['mean OKS'] == '0.500' and found['mean OKS'] == '-'
    assert found['shift'] == '3.200 !' and plain['shift'] == '0.012'
    assert found['flags'].lower().count('parity failed') == 1
    fastest, *_ = picks(report, report.devices[0])
    assert '4.0 ms' in fastest.text


def test_untrained_weights_lend_their_time_alone_to_a_trained_model():
    """In fp32 a graph computes what it is told; rounding is another matter."""
    rows = [row('a', 1.0), row('a', 1.0, precision='bf16')]
    timed = dict(benchmark(*rows), weights='untrained')
    found = merged(timed, evaluation('a', AP=0.5)).rows
    exact, rounded = sorted(found, key=lambda r: r.precision, reverse=True)
    assert exact.accuracy and not rounded.accuracy
    assert any('untrained' in flag for flag in rounded.flags)
