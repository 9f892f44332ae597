import re

import pytest

from mmpose_lightkpt.deploy.device import UNREADABLE
from mmpose_lightkpt.deploy.results import STAGES
from mmpose_lightkpt.deploy.table import format_failures, format_table


def row(model, milliseconds, threads=1, precision='fp32', **changes):
    stages = {
        stage: dict(median=milliseconds * (i + 1), p90=milliseconds * (i + 2))
        for i, stage in enumerate(STAGES)
    }
    return dict(
        dict(
            model=model,
            threads=threads,
            precision=precision,
            input_size=[192, 256],
            params=1_230_000,
            macs=None,
            counted_macs=None,
            file_bytes=4_560_000,
            stages=stages,
        ),
        **changes,
    )


def record(*rows, **changes):
    return dict(
        dict(
            rows=list(rows),
            failures=[],
            complete=True,
            reference=rows[0]['model'] if rows else None,
            plan=dict(loops=7, repeats=3),
            device=dict(cpu='CPU', versions=dict(ncnn='1.0')),
        ),
        **changes,
    )


def cells(text):
    lines = [line for line in text.splitlines() if line.startswith('|')]
    table = [
        [c.strip() for c in re.split(r'(?<!\\)\|', line)[1:-1]]
        for line in lines
    ]
    return [dict(zip(table[0], line)) for line in table[2:]]


def test_a_row_shows_median_and_p90_of_each_stage():
    (found,) = cells(format_table(record(row('m', 1.5))))
    assert found == {
        'model': 'm',
        'input': '256x192',
        'precision': 'fp32',
        'threads': '1',
        'params': '1.23 M',
        'MACs': '-',
        'file': '4.56 MB',
        'pre-process': '1.50 / 3.00',
        'forward': '3.00 / 4.50',
        'decode': '4.50 / 6.00',
        'sum': '6.00 / 7.50',
    }


def test_ratios_are_to_the_reference_at_the_same_threads_and_precision():
    rows = [
        row('a', 2.0),
        row('a', 10.0, threads=2),
        row('b', 3.0),
        row('b', 5.0, threads=2),
        row('b', 1.0, precision='bf16'),
    ]
    found = cells(format_table(record(*rows)))
    assert [line['forward ratio'] for line in found] == [
        '1.00',
        '1.00',
        '1.50',
        '0.50',
        '-',
    ]
    assert [line['sum ratio'] for line in found] == [
        '1.00',
        '1.00',
        '1.50',
        '0.50',
        '-',
    ]


def test_a_reference_that_was_not_timed_gives_no_ratio():
    found = cells(
        format_table(record(row('a', 2.0), row('b', 3.0), reference=None))
    )
    assert [line['sum ratio'] for line in found] == ['-', '-']


def test_a_bar_in_a_name_does_not_break_the_table():
    (found,) = cells(format_table(record(row('a|b', 1.0))))
    assert found['model'] == 'a\\|b'


@pytest.mark.parametrize(
    'device, complete, word',
    [
        (dict(emulated=True), True, 'EMULATED'),
        (dict(virtual=True), True, 'Virtual machine'),
        (dict(governor=UNREADABLE), True, 'no permission'),
        ({}, False, 'INTERRUPTED'),
    ],
)
def test_what_spoils_the_numbers_is_said(device, complete, word):
    device = dict(cpu='CPU', versions={}, **device)
    text = format_table(
        record(row('a', 1.0), device=device, complete=complete)
    )
    assert word in text
    assert word not in format_table(record(row('a', 1.0)))


def test_one_reason_of_several_cases_is_one_line():
    failures = [
        dict(model='a', threads=n, precision='fp32', reason='bad')
        for n in (1, 2)
    ]
    failures.append(
        dict(model='b', threads=None, precision=None, reason='gone')
    )
    assert format_failures(record(failures=failures)) == [
        'not timed: a (fp32 threads=1, fp32 threads=2): bad',
        'not timed: b: gone',
    ]


def test_two_counts_of_macs_that_disagree_are_both_shown():
    # pnnx counts biases and activations too: 3 % more is as it should be.
    close = row('a', 1.0, macs=103_000_000, counted_macs=100_000_000)
    far = row('a', 1.0, macs=110_000_000, counted_macs=100_000_000)
    assert 'MACs of' not in format_table(record(close))
    text = format_table(record(far))
    assert 'pnnx says 110.00 M' in text and 'graph 100.00 M' in text


def test_a_second_table_tells_the_start_and_what_speaks_against_a_time():
    start = dict(load_ms=4.44, first_ms=9.96, model_memory_bytes=None)
    flags = {'other load': '0.5 cores busy', 'virtual machine': True}
    rows = [row('old', 1.0), row('new|er', 1.0, start=start, flags=flags)]
    second = format_table(record(*rows)).split('\n\n')[1]
    (found,) = cells(second)
    assert found == {
        'model': 'new\\|er',
        'precision': 'fp32',
        'threads': '1',
        'load': '4.4 ms',
        'first': '10.0 ms',
        'memory': '-',
        'shift p99': '-',
        'over bound': '-',
        'flags': 'other load: 0.5 cores busy',
    }


def test_energy_is_told_where_the_board_tells_it():
    start = dict(load_ms=4.44, first_ms=9.96, model_memory_bytes=None)
    rows = [
        row('told', 1.0, start=start, energy_mj=12.34),
        row('hidden', 1.0, start=start, energy_mj=None),
    ]
    second = format_table(record(*rows)).split('\n\n')[1]
    assert [found['energy'] for found in cells(second)] == ['12.3 mJ', '-']


def test_engines_have_a_column_only_where_there_is_more_than_ncnn():
    start = dict(load_ms=1.0, first_ms=2.0, model_memory_bytes=None)
    old = row('a', 2.0, start=start)
    peer = row('a', 5.0, start=start, runtime='mnn', runtime_version='3.6')
    assert 'runtime' not in format_table(record(old))
    first, second, note = format_table(record(old, peer)).split('\n\n')
    for table in (first, second):
        found = cells(table)
        assert [line['runtime'] for line in found] == ['ncnn', 'mnn']
        assert list(found[0])[:2] == ['model', 'runtime']
    assert 'ncnn 1.0, mnn 3.6.' in note
    # One model alone: ratios are to its first engine.
    assert [line['sum ratio'] for line in cells(first)] == ['1.00', '2.50']


def test_ratios_of_several_models_stay_within_an_engine():
    rows = [
        row('a', 2.0),
        row('b', 3.0),
        row('a', 5.0, runtime='mnn'),
        row('b', 4.0, runtime='mnn'),
    ]
    found = cells(format_table(record(*rows)))
    assert [line['sum ratio'] for line in found] == [
        '1.00',
        '1.50',
        '1.00',
        '0.80',
    ]


def test_a_shift_is_shown_with_the_share_over_the_bound():
    start = dict(load_ms=1.0, first_ms=2.0, model_memory_bytes=None)
    parity = dict(passed=False, shift_p99=3.2149, share_over=0.253, bound=0.5)
    flags = {'PARITY FAILED': 'p99 3.21 px'}
    lossy = row('a', 2.0, start=start, parity=parity, flags=flags)
    (found,) = cells(format_table(record(lossy)).split('\n\n')[1])
    assert found['shift p99'] == '3.215 px'
    assert found['over bound'] == '25.3% of 0.5 px'
    assert found['flags'] == 'PARITY FAILED: p99 3.21 px'


def test_a_failure_names_its_engine_unless_it_is_ncnn():
    failures = [
        dict(
            model='a',
            threads=1,
            precision='fp32',
            runtime=runtime,
            reason='bad',
        )
        for runtime in ('ncnn', 'openvino')
    ]
    assert format_failures(record(failures=failures)) == [
        'not timed: a (fp32 threads=1, openvino fp32 threads=1): bad'
    ]
