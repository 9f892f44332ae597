"""What a study does, in which order, and what it leaves alone."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.study import run_study, worker  # noqa: E402
from mmpose_lightkpt.study.lock import locked  # noqa: E402

pytestmark = pytest.mark.mmpose
PACKAGE_ROOT = str(Path(worker.__file__).resolve().parents[2])
MEASURE = ['train', 'test', 'export', 'benchmark']


def run(shop, only=None, steps=MEASURE, **options):
    """Run the workshop's study: problems, and all that it said."""
    lines = []
    problems = run_study(
        shop.study, shop.out, only, steps, say=lines.append, **options
    )
    return problems, lines


def start(shop, driver, steps, only):
    return subprocess.Popen(
        [*driver, steps, only],
        cwd=shop.root,
        env=dict(os.environ, PYTHONPATH=PACKAGE_ROOT),
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid):
    """Whether a process runs; what waits to be buried does not."""
    try:
        stat = Path(f'/proc/{pid}/stat').read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(')')[2].split()[0] != 'Z'


def test_all_is_done_in_order_and_only_once(workshop):
    problems, lines = run(workshop)
    assert problems == []
    each = ['train', 'test', 'export_ncnn']
    assert workshop.what() == [
        *[(tool, 'a') for tool in each],
        *[(tool, 'b') for tool in each],
        *[(tool, 'b-seed7') for tool in each[:2]],
        *[(tool, 'control') for tool in each[:2]],
        *[(tool, 'hot') for tool in each[:2]],
        *[(tool, 'small') for tool in each],
        ('export_ncnn', 'reference'),
        ('benchmark_ncnn', ''),
    ]
    assert (
        '[1/7] a: train epoch 2/2, iteration 5/5, loss 0.5 (eta 0:00:09)'
        in (lines)
    )
    assert '[1/7] a: test PixelPCK 0.5000' in lines
    assert '[1/7] a: parity in fp32: pass' in lines
    problems, lines = run(workshop)
    assert problems == [] and workshop.what() == []
    assert all('done before' in line for line in lines)


def test_each_run_has_its_own_words(workshop):
    run(workshop)
    calls = {}
    for call in workshop.calls():
        calls[call[0], workshop._run(call)] = call
    weights = f'{workshop.out}/a/train/epoch_2.pth'
    assert calls['train', 'a'] == [
        'train',
        'configs/a.py',
        '--work-dir',
        f'{workshop.out}/a/train',
    ]
    assert calls['train', 'b-seed7'][-1] == 'randomness.seed=7'
    assert calls['train', 'control'][5:] == [
        'train_cfg.max_epochs=1',
        f'load_from={weights}',
    ]
    assert calls['test', 'hot'][2:] == [
        f'{workshop.out}/hot/train/epoch_1.pth',
        '--work-dir',
        f'{workshop.out}/hot/test',
        '--record',
        f'{workshop.out}/hot/evaluation.json',
        '--cfg-options',
        'model.head.temperature=16.0',
        'train_cfg.max_epochs=1',
    ]
    assert '--cfg-options' not in calls['test', 'a']
    assert calls['export_ncnn', 'a'][1:5] == [
        'configs/a.py',
        weights,
        '--name',
        'a',
    ]
    # a changed model is exported as it was trained
    assert calls['export_ncnn', 'small'][1] == (
        f'{workshop.out}/small/train/a.py'
    )
    assert ' '.join(calls['benchmark_ncnn', ''][1:]) == (
        'a/bundle b/bundle small/bundle --vs reference/bundle --threads 1 '
        '--repeats 5 --out benchmark.json'
    )


def test_a_failure_is_told_and_the_others_go_on(workshop):
    (workshop.root / 'fail').write_text('configs/a.py')
    problems, lines = run(workshop)
    assert len(problems) == 5  # a, its three ablations, the reference
    assert problems[0] == (
        '[1/7] a: train failed with exit code 3: ValueError: no luck (all of '
        f'it in {workshop.out}/a/logs/train.log)'
    )
    assert problems[1] == (
        '[4/7] control: train has to wait for the weights of a'
    )
    assert set(problems) <= set(lines)
    assert ('export_ncnn', 'b') in workshop.what()
    (workshop.root / 'fail').unlink()
    assert run(workshop)[0] == []
    assert ('train', 'b') not in workshop.what()


def test_a_config_that_is_not_there_shows_before_the_hours(workshop):
    workshop.edit('s.py', 'configs/b.py', 'nowhere')
    problems, lines = run(workshop, ['a', 'b'], ['train'])
    assert len(problems) == 1 and "no config is called 'nowhere'" in lines[0]
    assert workshop.what() == [('train', 'a')]


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_study_takes_its_training_along_and_goes_on(
    workshop, driver, how
):
    (workshop.root / 'pause').touch()
    study = start(workshop, driver, 'train,test', 'a')
    wait_for((workshop.root / 'pid').exists)
    training = int((workshop.root / 'pid').read_text())
    study.send_signal(how)
    study.wait()
    wait_for(lambda: not alive(training))
    (workshop.root / 'pause').unlink()
    workshop.calls()
    assert run(workshop, ['a'], ['train', 'test'])[0] == []
    train, test = workshop.calls()
    assert train[5:] == [f'{workshop.out}/a/train/epoch_1.pth']
    assert test[2] == f'{workshop.out}/a/train/epoch_2.pth'
    log = (workshop.out / 'a' / 'logs' / 'train.log').read_text()
    assert log.count('$ python tools/train.py') == 2


def test_two_processes_share_a_folder(workshop, driver, monkeypatch):
    """Each does its own; who is told to do a held run leaves it alone."""
    (workshop.root / 'pause').touch()
    first = start(workshop, driver, 'train,test,export,benchmark', 'a')
    wait_for((workshop.root / 'pid').exists)

    def hurried(folder, patience=0):
        return locked(folder, 0.1)

    monkeypatch.setattr(worker, 'locked', hurried)
    problems, _ = run(workshop, ['a', 'b'], ['train', 'export'])
    assert len(problems) == 1
    assert f'[1/3] a: process {first.pid} works in' in problems[0]
    problems, _ = run(workshop, ['b'], ['benchmark'])
    assert problems == [
        'benchmark: put off: other processes work on a and would spoil the '
        'times; start it when they are done'
    ]
    (workshop.root / 'pause').unlink()
    assert first.wait(30) == 0
    assert ('benchmark_ncnn', '') in workshop.what()


def test_a_training_of_other_settings_is_not_taken_for_this_one(workshop):
    run(workshop, ['a'], ['train'])
    workshop.edit('configs/a.py', 'lr=1e-3', 'lr=5e-3')
    problems, _ = run(workshop, ['a'], ['train', 'test'])
    assert problems == [
        '[1/1] a: it was trained with other settings: '
        'optim_wrapper.optimizer.lr was 0.001 and is 0.005; move its folder '
        'away to train it anew'
    ]
    assert workshop.what() == [('train', 'a')]


@pytest.mark.parametrize(
    'old, new',
    [
        ('num_workers=2', 'num_workers=0'),
        ('val_interval=2', 'val_interval=1'),
        ('codec = dict', '# a word\ncodec = dict'),
    ],
)
def test_what_does_not_change_the_weights_may_change(workshop, old, new):
    run(workshop, ['a'], ['train', 'test'])
    workshop.calls()
    workshop.edit('configs/a.py', old, new)
    assert run(workshop, ['a'], ['train', 'test'])[0] == []
    assert workshop.what() == []


def test_data_may_lie_elsewhere(workshop, monkeypatch):
    monkeypatch.setenv('LIGHTKPT_DATA', '/here')
    run(workshop, ['a'], ['train', 'test'])
    monkeypatch.setenv('LIGHTKPT_DATA', '/there')
    workshop.calls()
    assert run(workshop, ['a'], ['train', 'test'])[0] == []
    assert workshop.what() == []
    assert os.environ['LIGHTKPT_DATA'] == '/there'


def test_other_metrics_are_a_reason_to_test_again(workshop):
    run(workshop, ['a'], ['train', 'test'])
    workshop.calls()
    workshop.edit('configs/a.py', "'PixelPCK'", "'TorsoPCK'")
    _, lines = run(workshop, ['a'], ['train', 'test'])
    assert workshop.what() == [('test', 'a')]
    assert '[1/1] a: test again: settings changed' in lines


def test_other_weights_are_a_reason_to_test_and_export_again(workshop):
    run(workshop, ['a'])
    workshop.calls()
    (workshop.out / 'a' / 'train' / 'epoch_2.pth').write_text('by hand')
    run(workshop, ['a'])
    assert [tool for tool, _ in workshop.what()] == [
        'test',
        'export_ncnn',
        'benchmark_ncnn',
    ]


def test_what_was_removed_is_made_again(workshop):
    run(workshop, ['a'])
    workshop.calls()
    (workshop.out / 'a' / 'evaluation.json').unlink()
    run(workshop, ['a'])
    assert workshop.what() == [('test', 'a')]


def test_weights_trained_by_hand_are_taken(workshop):
    work = workshop.out / 'a' / 'train'
    work.mkdir(parents=True)
    (work / 'epoch_2.pth').touch()
    (work / 'last_checkpoint').write_text('epoch_2.pth')
    assert run(workshop, ['a'], ['train', 'test'])[0] == []
    assert workshop.what() == [('test', 'a')]


def test_an_ablation_knows_which_weights_it_started_from(workshop):
    run(workshop, ['a', 'hot'], ['train'])
    first = workshop.out / 'a' / 'train' / 'epoch_2.pth'
    first.rename(first.with_suffix('.kept'))
    assert run(workshop, ['hot'], ['train', 'test'])[0] == []
    first.write_text('trained anew')
    problems, _ = run(workshop, ['hot'], ['train'])
    assert 'start_from was' in problems[0]


def test_a_study_goes_on_from_another(workshop):
    first, second = workshop.study, workshop.study.with_name('second.py')
    text = first.read_text()
    second.write_text(text + f'start_from = {workshop.out.name!r}\n')
    out = workshop.out.with_name('second')
    problems = run_study(second, out, ['a'], ['train'], say=len)
    assert problems == [
        '[1/1] a: train has to wait for the weights of '
        f'../{workshop.out.name}/a'
    ]
    assert run(workshop, ['a'], ['train', 'test'])[0] == []
    assert run_study(second, out, ['a'], ['train'], say=len) == []
    weights = workshop.out / 'a' / 'train' / 'epoch_2.pth'
    assert f'load_from={weights}' in workshop.calls()[-1]
    # What it started from may go; what comes after does not need it.
    weights.unlink()
    assert run_study(second, out, ['a'], ['train', 'test'], say=len) == []


def test_a_folder_that_no_command_line_can_hold_is_named(workshop):
    workshop.out = workshop.root / 'my runs'
    problems, _ = run(workshop, ['a', 'hot'], ['train'])
    assert len(problems) == 1
    assert 'load_from' in problems[0] and 'my runs' in problems[0]


def test_a_new_export_is_timed_with_all_others(workshop):
    run(workshop, ['a'])
    workshop.calls()
    run(workshop, ['b'])
    assert workshop.calls()[-1][1:3] == ['a/bundle', 'b/bundle']


def test_overrides_reach_every_command_and_every_record(workshop):
    run(workshop, ['a'], options={'train_cfg': {'max_epochs': 1}})
    train, test, export, *_ = workshop.calls()
    assert train[-1] == test[-1] == 'train_cfg.max_epochs=1'
    assert test[2].endswith('epoch_1.pth')
    assert export[1].endswith('out/a/train/a.py')


def test_a_dry_run_shows_the_commands_and_does_nothing(workshop):
    problems, lines = run(workshop, dry_run=True)
    assert problems == [] and workshop.what() == []
    assert not workshop.out.exists()
    assert (
        f'a: train: $ python tools/train.py configs/a.py --work-dir '
        f'{workshop.out}/a/train' in lines
    )
    (hot,) = [line for line in lines if line.startswith('hot: train')]
    assert hot.startswith('hot: train (after the weights of a): $ python ')
    assert hot.endswith(f'load_from={workshop.out}/a/train/epoch_2.pth')


def test_results_are_published_flat(workshop, tmp_path):
    run(workshop, publish=tmp_path / 'published')
    assert sorted(p.name for p in (tmp_path / 'published').iterdir()) == [
        'a.json',
        'b-seed7.json',
        'b.json',
        'benchmark.json',
        'control.json',
        'hot.json',
        'small.json',
    ]
    record = json.loads((tmp_path / 'published' / 'hot.json').read_text())
    assert 'model.head.temperature=16.0' in record


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(only=['c']), 's has no c; it has rungs, ablations, a, b'),
        (dict(steps=['tests']), 'steps must be among train, .* got tests'),
    ],
)
def test_a_mistake_is_named(workshop, arguments, named):
    with pytest.raises(ValueError, match=named):
        run(workshop, **arguments)
    assert not workshop.out.exists()


def test_groups_can_be_chosen(workshop):
    run(workshop, ['rungs'], ['train'])
    assert workshop.what() == [
        ('train', 'a'),
        ('train', 'b'),
        ('train', 'b-seed7'),
    ]
