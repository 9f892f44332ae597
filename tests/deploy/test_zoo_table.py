"""A row per model; nothing that went wrong is left out."""

from mmpose_lightkpt.deploy.results import STAGES
from mmpose_lightkpt.deploy.zoo_table import zoo_table


def row(model, precision, threads, forward, **changes):
    medians = dict(zip(STAGES, (1.0, forward, 0.5, forward + 1.5)))
    return dict(
        dict(
            model=model,
            input_size=[192, 256],
            threads=threads,
            precision=precision,
            params=1_500_000,
            macs=None,
            counted_macs=None,
            parity=dict(passed=True, shift_p99=0.012, num_judged=9),
            stages={stage: dict(median=ms) for stage, ms in medians.items()},
            flags={'virtual machine': True},
        ),
        **changes,
    )


def record(*rows, failures=()):
    return dict(
        reference='big',
        device=dict(cpu='Chip', versions=dict(ncnn='1.0')),
        plan=dict(repeats=2, loops=7),
        complete=True,
        rows=list(rows),
        failures=list(failures),
        files={'big': {'model.ncnn.bin': 6e6, 'model.fp16.ncnn.bin': 3e6}},
        weights='untrained',
    )


def cells(text):
    """Model -> head -> cell, in the order of the rows."""
    lines = [line for line in text.splitlines() if line.startswith('|')]
    head, _, *rows = [
        [cell.strip() for cell in line.strip('|').split('|')] for line in lines
    ]
    return {found[0]: dict(zip(head, found)) for found in rows}


ROWS = (
    row('big', 'fp32', 1, 8.0),
    row('big', 'fp32', 2, 5.0),
    row('small', 'fp32', 1, 2.0),
    row('small', 'fp32', 2, 4.0),
)


def test_a_model_is_one_row_the_fastest_first():
    table = cells(zoo_table(record(*ROWS)))
    assert list(table) == ['small', '**big**']
    small, big = table.values()
    assert small['fp32, 1 thr.'] == '2.00 / 3.50 (0.25)'
    assert small['fp32, 2 thr.'] == '4.00 / 5.50 (0.80)'
    assert small['input'] == '256x192' and small['MACs'] == '-'
    assert (big['fp32 file'], big['fp16 file']) == ('6.00 MB', '3.00 MB')
    assert small['flags'] == '-'


def test_failed_parity_is_marked_and_keeps_its_time():
    failed = dict(passed=False, shift_p99=7.3, num_judged=9)
    rows = *ROWS, row('small', 'bf16', 1, 1.0, parity=failed)
    small = cells(zoo_table(record(*rows)))['small']
    assert small['bf16, 1 thr.'] == '1.00 / 2.50'
    assert small['parity, untrained'] == 'fp32 0.01 px, bf16 **FAILS** 7.30 px'


def test_what_could_not_be_timed_or_exported_has_its_row():
    crash = dict(model='small', precision='bf16', threads=1, reason='SIGSEGV')
    broken = dict(model='odd', precision=None, threads=None, reason='no')
    table = cells(zoo_table(record(*ROWS, failures=[crash, broken])))
    assert table['small']['bf16, 1 thr.'] == '-'
    assert 'bf16 **NOT TIMED**' in table['small']['parity, untrained']
    assert table['odd']['parity, untrained'] == 'all **NOT TIMED**'
    assert list(table)[-1] == 'odd'


def test_flags_say_in_which_columns():
    busy = row('small', 'bf16', 2, 4.0, flags={'other load': '1 core'})
    small = cells(zoo_table(record(*ROWS, busy)))['small']
    assert small['flags'] == 'other load (bf16, 2 thr.)'


def test_the_legend_names_reference_and_weights():
    text = zoo_table(record(*ROWS))
    assert 'relative to big' in text and 'Weights: untrained.' in text
    alone = dict(record(*ROWS), reference=None)
    del alone['weights']
    text = zoo_table(alone)
    assert 'relative to' not in text and 'Weights' not in text
