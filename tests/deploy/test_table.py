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
        'flags': 'other load: 0.5 cores busy',
    }
