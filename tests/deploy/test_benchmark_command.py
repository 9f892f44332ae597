import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mmpose_lightkpt import benchmark as command
from mmpose_lightkpt.deploy import (
    PosePipeline,
    boxed_model,
    decoders,
    preprocess,
)
from mmpose_lightkpt.deploy.benchmark import run_worker
from mmpose_lightkpt.deploy.benchmark_arguments import parse_args
from mmpose_lightkpt.deploy.cases import Case
from mmpose_lightkpt.deploy.parity_case import ParityCase
from mmpose_lightkpt.deploy.results import load_record
from mmpose_lightkpt.deploy.timing import TimingPlan

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

FAST = ['--threads=1', '--loops=3', '--repeats=1', '--warmup=1', '--seconds=0']


def add_parity(folder, shift=0.0):
    """Record the bundle's own answers, moved by some px, as torch's."""
    pipeline = PosePipeline.from_bundle(folder)
    spec = pipeline.spec
    width, height = spec.input_size
    crops = np.random.default_rng(3).integers(
        0, 256, (5, height, width, 3), dtype=np.uint8
    )
    outputs = [
        np.stack(found)
        for found in zip(
            *(
                pipeline.forward(preprocess.to_input(crop, spec))
                for crop in crops
            )
        )
    ]
    keypoints, scores = decoders.decode(spec.decoder, outputs)
    ParityCase(
        crops=crops,
        outputs=tuple(outputs),
        keypoints=keypoints + np.float32(shift),
        scores=scores,
        margins=np.ones_like(scores),
        source='noise',
    ).save(folder)


@pytest.fixture
def good(tiny_bundle):
    add_parity(tiny_bundle)
    return tiny_bundle


@pytest.fixture
def wrong(tmp_path, tiny_bundle, tiny_spec):
    """A bundle whose answers are 3 px from what torch said."""
    folder = tmp_path / 'wrong'
    folder.mkdir()
    for name in ('model.ncnn.param', 'model.ncnn.bin'):
        (folder / name).write_bytes((tiny_bundle / name).read_bytes())
    tiny_spec(name='wrong').save(folder)
    add_parity(folder, shift=3.0)
    return folder


def run(*words):
    return command.main([str(word) for word in words])


def rows(text):
    """Of the table of times."""
    first = text.split('\n\n')[0]
    return [line for line in first.splitlines() if line.startswith('|')][2:]


def test_a_bundle_gives_a_row_for_each_thread_count(good, tmp_path, capsys):
    record = tmp_path / 'record.json'
    words = [*FAST, '--threads', '1', '2', '--out', record]
    assert run(good, *words) == 0
    table = rows(capsys.readouterr().out)
    assert [line.split('|')[4].strip() for line in table] == ['1', '2']
    found = load_record(record)
    assert found['complete'] and not found['failures']
    assert [row['threads'] for row in found['rows']] == [1, 2]
    assert found['rows'][0]['parity']['passed'] is True
    assert str(tmp_path) not in json.dumps(found)


def test_what_fails_parity_is_not_timed_and_the_others_are(
    good, wrong, capsys
):
    assert run(wrong, good, *FAST) == 1
    text = capsys.readouterr()
    table = rows(text.out)
    assert len(table) == 1 and 'tiny' in table[0]
    (line,) = [s for s in text.err.splitlines() if s.startswith('not timed')]
    assert 'wrong' in line and 'parity' in line and '3' in line


def test_bf16_over_the_bound_is_timed_and_its_shift_told(wrong):
    case = Case('wrong', wrong, 1, 'bf16')
    plan = TimingPlan(3, 0, 1, 0)
    parity = run_worker(case, plan)['parity']
    assert not parity['passed'] and parity['shift_p99'] > 2.9
    refused = run_worker(case._replace(precision='fp32'), plan)
    assert 'parity' in refused['error']


@pytest.fixture
def busy_core():
    """This process and a loop that never rests share one core."""
    if not hasattr(os, 'sched_setaffinity'):
        pytest.skip('binding to a core needs Linux')
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})  # children inherit it
    loop = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    try:
        yield
    finally:
        loop.kill()
        loop.wait()
        os.sched_setaffinity(0, mine)


def test_a_run_beside_a_busy_loop_is_flagged(good, tmp_path, busy_core):
    out = tmp_path / 'record.json'
    words = [*FAST[:-1], '--seconds=1', '--out', str(out)]
    assert command.main([str(good), *words]) == 0
    (row,) = load_record(out)['rows']
    assert 'other load' in row['flags'], row['samples']
    assert row['start']['load_ms'] > 0 and row['start']['first_ms'] > 0


def test_a_bundle_without_a_parity_case_is_not_timed(tiny_bundle, capsys):
    assert run(tiny_bundle, *FAST) == 1
    text = capsys.readouterr()
    assert not rows(text.out) and 'parity.npz' in text.err


@pytest.mark.parametrize(
    'name, content, reason',
    [
        ('model.ncnn.bin', b'', 'SHA-256'),
        ('spec.json', b'{"version": 99}', 'version'),
        ('spec.json', b'{', 'spec.json'),
        ('parity.npz', b'PK', 'parity'),
    ],
)
def test_a_damaged_bundle_costs_one_line_and_the_exit_code(
    good, tmp_path, capsys, name, content, reason
):
    (good / name).write_bytes(content)
    assert run(good, *FAST) == 1
    text = capsys.readouterr()
    (line,) = [s for s in text.err.splitlines() if s.startswith('not timed')]
    assert reason in line
    assert str(tmp_path) not in line
    assert 'Traceback' not in text.err


def test_ratios_are_to_the_model_of_vs(good, tmp_path, capsys, tiny_spec):
    other = tmp_path / 'other'
    other.mkdir()
    for name in ('model.ncnn.param', 'model.ncnn.bin'):
        (other / name).write_bytes((good / name).read_bytes())
    tiny_spec(name='other').save(other)
    add_parity(other)
    record = tmp_path / 'record.json'
    assert run(good, '--vs', other, *FAST, '--out', record) == 0
    text = capsys.readouterr().out
    assert 'forward ratio' in text
    assert load_record(record)['reference'] == 'other'
    first = rows(text)[0].split('|')
    assert first[1].strip() == 'other' and first[-2].strip() == '1.00'


def test_a_bundle_named_twice_is_timed_once(good, capsys):
    assert run(good, good.parent, good, *FAST) == 0
    assert len(rows(capsys.readouterr().out)) == 1


def test_an_argument_that_is_nothing_is_named(good, tmp_path, capsys):
    assert run(tmp_path / 'nowhere', good, *FAST) == 1
    text = capsys.readouterr()
    assert 'nowhere' in text.err and len(rows(text.out)) == 1


def test_an_output_that_cannot_be_written_is_refused_before_timing(
    good, tmp_path, capsys
):
    assert run(good, *FAST, '--out', tmp_path) == 1
    text = capsys.readouterr()
    assert not text.out and len(text.err.strip().splitlines()) == 1


def test_without_a_model_that_of_the_package_is_timed(tmp_path, monkeypatch):
    monkeypatch.setattr(boxed_model, 'BOX', tmp_path)
    with pytest.raises(SystemExit) as error:
        run()
    assert error.value.code == 2  # there is none
    (tmp_path / 'spec.json').touch()
    assert parse_args([]).models == [tmp_path]
    assert parse_args(['--suite', 'ladder']).models == []


@pytest.mark.parametrize(
    'words',
    [
        ['a', '--threads', '0'],
        ['a', '--precision', 'fp8'],
        ['a', '--loops', 'many'],
        ['a', '--seconds', 'nan'],
        ['a', '--checkpoint', 'b.pth'],
        ['a.py', 'b.py', '--checkpoint', 'b.pth'],
        ['a.param'],
        ['a.param', '--zero-weights'],
        ['a', '--zero-weights', '--input-size', '52', '28'],
        ['a', '--zero-weights', '--sustained', '1'],
        ['b', '--vs', 'a.param'],
    ],
)
def test_a_mistake_on_the_command_line_is_refused(words, capsys):
    with pytest.raises(SystemExit) as error:
        run(*words)
    assert error.value.code == 2
    assert 'Traceback' not in capsys.readouterr().err


def _heed_ctrl_c():
    # What a shell starts in the background, these tests for one, ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_keep_the_finished_rows(good, tmp_path, number):
    record = tmp_path / 'record.json'
    process = subprocess.Popen(
        [sys.executable, '-m', 'mmpose_lightkpt.benchmark', str(good), *FAST]
        + ['--repeats', '1000', '--out', str(record)],
        env=dict(os.environ, LIGHTKPT_REGISTER='0'),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,
    )
    try:
        process.stderr.readline()  # the first process has finished
        time.sleep(0.1)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert len(rows(out)) == 1 and 'INTERRUPTED' in out
    assert 'Traceback' not in err
    found = load_record(record)
    assert found['complete'] is False and len(found['rows']) == 1


def test_no_torch_is_loaded_on_the_way(good):
    # What the worker and the command import, in a process of their own.
    code = (
        'import sys, mmpose_lightkpt.benchmark, mmpose_lightkpt.deploy.timing;'
        'from mmpose_lightkpt.deploy import parity;'
        'print({"torch", "mmpose", "mmengine"} & set(sys.modules))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        env=dict(os.environ, LIGHTKPT_REGISTER='0'),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == 'set()'


def test_what_is_slower_than_last_time_costs_the_exit_code(
    good, tmp_path, capsys
):
    first = tmp_path / 'first.json'
    assert run(good, *FAST, '--out', first) == 0
    # A hundred times slower or faster is no noise.
    for factor, code in ((100, 0), (0.01, 3)):
        record = json.loads(first.read_text())
        record['rows'][0]['stages']['forward']['median'] *= factor
        (tmp_path / 'old.json').write_text(json.dumps(record))
        words = ['--compare', tmp_path / 'old.json', '--threshold', '0.5']
        assert run(good, *FAST, *words) == code
        said = capsys.readouterr().out
        assert ('SLOWER' in said) == (code == 3)


def test_a_run_keeps_to_its_cores(good, tmp_path, capsys):
    out = tmp_path / 'record.json'
    core = str(max(os.sched_getaffinity(0)))
    assert run(good, *FAST, '--cores', core, '--out', out) == 0
    assert load_record(out)['plan']['cores'] == [int(core)]
    words = ['--threads', '2', '--cores', core]
    assert run(good, *FAST, *words) == 1
    assert run(good, *FAST, '--cores', '4096') == 1
    said = capsys.readouterr().err
    assert f'--threads 2 on --cores {core}, which are 1' in said
    assert 'no core 4096' in said


def test_a_sustained_run_shows_its_curve(good, tmp_path, capsys):
    out = tmp_path / 'record.json'
    words = ['--sustained', '0.005', '--out', out]
    assert run(good, *FAST, *words) == 0
    assert ' 1.00 x' in capsys.readouterr().err
    (curve,) = load_record(out)['sustained']
    assert curve['complete'] and len(curve['points']) == 1


def test_a_graph_is_timed_without_weights_and_its_row_says_so(
    good, tmp_path, capsys
):
    graph = tmp_path / 'bare.param'
    graph.write_bytes((good / 'model.ncnn.param').read_bytes())
    (good / 'model.ncnn.bin').unlink()
    out = tmp_path / 'record.json'
    words = ['--zero-weights', '--input-size', '52', '28', '--work-dir']
    words += [tmp_path / 'work', '--out', out]
    assert run(graph, good, *FAST, *words) == 0
    text = capsys.readouterr().out
    assert len(rows(text)) == 2 and 'parity does not apply' in text
    record = load_record(out)
    assert [row['model'] for row in record['rows']] == ['bare', 'tiny']
    for row in record['rows']:
        assert row['flags']['zero weights'] and row['parity'] == {}


def test_layers_are_shown_and_kept(good, tmp_path, capsys):
    out = tmp_path / 'record.json'
    assert run(good, *FAST, '--per-layer', '--out', out) == 0
    text = capsys.readouterr().out
    assert '| tiny | fp32 | 1 | Slice | 2 |' in text
    (found,) = load_record(out)['per_layer']
    assert [one['type'] for one in found['layers']] == [
        'Pooling', 'Split', 'Slice', 'Slice'
    ]  # fmt: skip
