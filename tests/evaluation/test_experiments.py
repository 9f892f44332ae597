"""Tables of single experiments say what the record says."""

import json

from mmpose_lightkpt.evaluation.experiments import (
    architectures_table,
    int8_movenet_table,
    timing_trust_table,
)
from mmpose_lightkpt.evaluation.published import Results, read_results


def of(kind, **content):
    record = dict(kind=kind, date='2026-01-01', **content)
    return Results([], [], experiments={kind: (f'board/{kind}.json', record)})


def test_without_a_record_there_is_nothing():
    assert int8_movenet_table(Results([], [])) == ''
    assert timing_trust_table(Results([], [])) == ''
    assert architectures_table(Results([], [])) == ''


def test_each_part_of_movenet_has_a_row_and_the_record_a_link():
    arm = dict(
        pixel_pck=0.4567,
        shift_median_px=1.234,
        shift_p99_px=56.78,
        share_over_half_px=0.25,
        share_over_5_px=0.125,
    )
    found = of('int8_movenet', persons=9, arms={'all maps in int8': arm})
    text = int8_movenet_table(found, 'docs/how_to')
    row = '| all maps in int8 | 0.457 | 1.23 px | 56.8 px | 25.0% | 12.5% |'
    assert row in text.splitlines()
    assert '9 validation' in text
    assert '(../results/board/int8_movenet.json)' in text


def test_blocks_are_told_one_by_one_and_networks_beside_lightning():
    block = dict(median_ms=0.6, macs=12_000_000, params=7)
    found = of(
        'movenet_architectures',
        reference='Lightning',
        depth=6,
        ncnn='1',
        device=dict(cpu='one'),
        blocks={'shuffle unit, 24 channels': block},
        networks={
            'Lightning': dict(median_ms=4.0, macs=2e8, params=2_340_000),
            'half': dict(median_ms=1.9, macs=1e8, params=900_000),
        },
    )
    lines = architectures_table(found, 'docs').splitlines()
    # 600 us of six blocks with 2 million products each
    assert '| shuffle unit | 100 (50) |' in lines
    assert '| half | 0.90 M | 100 M | 1.90 | 0.475 |' in lines


def test_two_runs_their_distance_and_the_neighbours_flags_are_told():
    runs = dict(
        forward=dict(ms=[1.0, 1.01], apart=0.01),
        total=dict(ms=[2.0, 2.05], apart=0.025),
    )
    alike = dict(forward=dict(apart=0.001), total=dict(apart=0.002))
    found = of(
        'timing_trust',
        repeats=7,
        taking_turns={'small': alike},
        overhead=dict(loop_ms=0.0004, share=0.0002, model='small'),
        busy_neighbour=dict(
            model='small',
            total=3.5,
            flags={'other load': '1.0 cores busy', 'virtual machine': True},
        ),
        two_runs={'small': runs},
    )
    text = timing_trust_table(found)
    assert '0.40 us' in text and '0.020% of small' in text
    assert 'other load (1.0 cores busy), virtual machine' in text
    row = '| small | 2.00 | 2.05 | 1.0% | 2.5% | 0.1% | 0.2% |'
    assert row in text.splitlines() and 'of 7 processes' in text


def test_of_two_records_of_a_kind_the_newer_counts(tmp_path):
    for name, date in (('a', '2026-02-01'), ('b', '2026-01-01')):
        record = dict(kind='timing_trust', date=date)
        (tmp_path / f'{name}.json').write_text(json.dumps(record))
    found = read_results(tmp_path)
    assert found.experiments['timing_trust'][0] == 'a.json'
