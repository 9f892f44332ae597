import json
import random

import pytest

from mmpose_lightkpt.deploy import benchmark
from mmpose_lightkpt.deploy.benchmark import (
    make_failure,
    make_record,
    measure,
)
from mmpose_lightkpt.deploy.cases import Case
from mmpose_lightkpt.deploy.results import STAGES, check_record
from mmpose_lightkpt.deploy.timing import TimingPlan

PLAN = TimingPlan(loops=3, seconds=0, warmup_loops=1, warmup_seconds=0)


def answer(milliseconds):
    summary = dict(
        median=milliseconds,
        p90=milliseconds,
        p99=milliseconds,
        min=milliseconds,
        cv=0.0,
        count=3,
    )
    start = dict(load_ms=milliseconds, first_ms=2.0, peak_memory_bytes=None)
    return dict(
        stages={stage: summary for stage in STAGES},
        parity={},
        reading=dict(wall_s=1.0, other_cpu_s=milliseconds / 10),
        start=start,
    )


@pytest.fixture
def cases(tiny_bundle):
    return [
        Case(f'm{i}', tiny_bundle, threads, 'fp32')
        for i in range(5)
        for threads in (1, 2)
    ]


@pytest.fixture
def of_two_engines(cases, tiny_bundle):
    (tiny_bundle / 'model.onnx').write_bytes(bytes(17))
    return cases + [case._replace(runtime='onnxruntime') for case in cases]


@pytest.fixture
def worker(monkeypatch):
    """A worker that records its calls; its times are set per call."""

    def run(case, plan):
        run.calls.append(case)
        return run.reply(case)

    run.calls, run.reply = [], lambda case: answer(1.0)
    monkeypatch.setattr(benchmark, 'run_worker', run)
    return run


def test_every_round_measures_every_case_once_in_a_new_order(cases, worker):
    measure(cases, PLAN, repeats=3)
    size = len(cases)
    rounds = [worker.calls[i : i + size] for i in range(0, 3 * size, size)]
    assert all(sorted(r) == sorted(cases) for r in rounds)
    assert len({tuple(r) for r in rounds}) == 3


def test_the_order_follows_from_the_seed_and_the_rows_from_the_cases(
    cases, worker
):
    state = random.getstate()
    orders = []
    for seed in (0, 0, 1):
        worker.calls.clear()
        found = measure(cases, PLAN, repeats=2, seed=seed)
        orders.append(list(worker.calls))
        assert [(row['model'], row['threads']) for row in found.rows] == [
            (case.model, case.threads) for case in cases
        ]
    assert orders[0] == orders[1] != orders[2]
    assert random.getstate() == state


def test_engines_are_shuffled_together(of_two_engines, worker):
    measure(of_two_engines, PLAN, repeats=1)
    engines = [case.runtime for case in worker.calls]
    changes = sum(a != b for a, b in zip(engines, engines[1:]))
    assert sorted(worker.calls) == sorted(of_two_engines)
    assert changes > 3  # one, if one engine came after the other


def test_a_row_names_its_engine_and_its_version(tiny_bundle, worker):
    (tiny_bundle / 'model.onnx').write_bytes(bytes(17))
    worker.reply = lambda case: dict(answer(1.0), runtime_version='1.31.1')
    case = Case('m', tiny_bundle, 1, 'fp32', 'onnxruntime')
    (row,) = measure([case], PLAN, repeats=1).rows
    assert (row['runtime'], row['runtime_version']) == (
        'onnxruntime',
        '1.31.1',
    )
    assert row['file_bytes'] == 17


def test_an_int8_row_over_the_bound_is_kept_and_says_what_it_costs(
    tiny_bundle, worker
):
    (tiny_bundle / 'model.int8.onnx').write_bytes(bytes(13))
    parity = dict(passed=False, shift_p99=3.21, share_over=0.25, bound=0.5)
    worker.reply = lambda case: dict(
        answer(1.0), parity=parity, quantisation=dict(judged_by_them=True)
    )
    case = Case('m', tiny_bundle, 1, 'int8', 'onnxruntime')
    found = measure([case], PLAN, repeats=1)
    (row,) = found.rows
    assert not found.failures
    assert row['flags']['PARITY FAILED'] == (
        'p99 3.21 px, 25% of joints over 0.5 px'
    )
    assert row['flags']['calibrated on the crops that judge it'] is True
    assert row['file_bytes'] == 13


def test_the_row_is_the_median_of_the_repeats(cases, worker):
    times = iter([5.0, 2.0, 11.0])
    worker.reply = lambda case: answer(next(times))
    (row,) = measure(cases[:1], PLAN, repeats=3).rows
    forward = row['stages']['forward']
    assert (forward['median'], forward['low'], forward['high']) == (5, 2, 11)
    assert [s['forward']['median'] for s in row['samples']] == [5, 2, 11]
    assert row['start']['load_ms'] == 5
    assert row['start']['peak_memory_bytes'] is None
    assert row['flags']['other load'] == '1.1 cores busy'
    assert row['samples'][2]['reading']['other_cpu_s'] == 1.1


def test_what_fails_is_not_tried_again_and_the_others_are_timed(cases, worker):
    worker.reply = lambda case: (
        dict(error='bad') if case == cases[3] else answer(1.0)
    )
    found = measure(cases, PLAN, repeats=4)
    assert worker.calls.count(cases[3]) == 1
    assert len(found.rows) == len(cases) - 1
    assert found.failures == [make_failure(cases[3], 'bad')]
    assert found.complete


def test_a_case_that_fails_in_a_later_round_has_no_row(cases, worker):
    replies = iter([answer(1.0), dict(error='NaN')])
    worker.reply = lambda case: next(replies)
    found = measure(cases[:1], PLAN, repeats=3)
    assert not found.rows and found.failures[0]['reason'] == 'NaN'


def test_an_interrupt_keeps_what_was_measured(cases, worker):
    def reply(case):
        if len(worker.calls) == len(cases) + 4:
            raise KeyboardInterrupt
        return answer(1.0)

    worker.reply = reply
    found = measure(cases, PLAN, repeats=3)
    assert not found.complete
    assert len(found.rows) == len(cases)
    repeats = [row['stages']['total']['repeats'] for row in found.rows]
    assert sorted(set(repeats)) == [1, 2] and sum(repeats) == len(cases) + 3


def test_a_board_may_rest_before_each_process(cases, worker, monkeypatch):
    pauses = []
    monkeypatch.setattr(benchmark.time, 'sleep', pauses.append)
    measure(cases[:2], PLAN, repeats=2, cooldown_s=3.0)
    assert pauses == [3.0] * 4


def test_a_reason_is_one_line_without_the_path(tiny_bundle):
    case = Case('m', tiny_bundle, 1, 'fp32')
    reason = make_failure(case, f'{tiny_bundle}/model.ncnn.bin:\n gone')
    assert reason['reason'] == 'm/model.ncnn.bin: gone'


def test_the_record_fits_its_schema_and_json(cases, worker):
    found = measure(cases, PLAN, repeats=2)
    record = make_record(found, PLAN, 2, 'command', 'm0')
    check_record(json.loads(json.dumps(record)))


def test_a_worker_that_dies_is_reported_with_its_code(
    tiny_bundle, monkeypatch
):
    # An interpreter that knows no -m ends with a code and prints no JSON.
    monkeypatch.setattr(benchmark.sys, 'executable', '/bin/false')
    found = benchmark.run_worker(Case('m', tiny_bundle, 1, 'fp32'), PLAN)
    assert 'ended with code 1' in found['error']
