"""Locks, children and the lines that a user sees."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.study import child  # noqa: E402
from mmpose_lightkpt.study.lock import (  # noqa: E402
    BusyError,
    holder,
    locked,
)
from mmpose_lightkpt.study.progress import Progress  # noqa: E402

pytestmark = pytest.mark.mmpose
TRAIN = (
    '11/20 17:45:13 - mmengine - INFO - Epoch(train)   [{}][ 40/694]  '
    'base_lr: 1.0e-03 lr: 1.0e-03  eta: {}  time: 0.4  data_time: 0.1  '
    'grad_norm: 3.4  loss: {}  loss_rle: 2.0  acc_pose: 0.01'
)


# Locks --------------------------------------------------------------------


def test_a_folder_is_held_by_one_at_a_time(tmp_path):
    folder = tmp_path / 'new'
    assert holder(folder) == ''
    with locked(folder):
        assert holder(folder) == str(os.getpid())
        busy = pytest.raises(BusyError, match=f'process {os.getpid()} works')
        with busy, locked(folder, patience=0):
            pass
    assert holder(folder) == ''
    with locked(folder, patience=0):
        pass


def test_a_child_keeps_the_lock_of_a_dead_parent(tmp_path):
    """So nobody starts a second training beside one that still runs."""
    with locked(tmp_path) as lock:
        orphan = subprocess.Popen(['sleep', '30'], pass_fds=(lock,))
    assert holder(tmp_path)
    orphan.kill()
    orphan.wait()
    assert not holder(tmp_path)


def test_patience_outlasts_what_is_about_to_end(tmp_path):
    with locked(tmp_path) as lock:
        ending = subprocess.Popen(['sleep', '0.5'], pass_fds=(lock,))
    with locked(tmp_path, patience=20):
        assert ending.wait(1) == 0


# Children -----------------------------------------------------------------


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Return a function that runs lines of Python as a tool."""
    monkeypatch.setattr(child, 'ROOT', tmp_path)

    def run(code, *words):
        (tmp_path / 'tool.py').write_text(code)
        lines = []
        with locked(tmp_path) as lock:
            rc = child.run_child(
                ['tool.py', *words],
                tmp_path,
                tmp_path / 'logs' / 'log',
                lines.append,
                lock,
            )
        return rc, lines

    return run


def test_a_child_is_heard_and_logged(script, tmp_path):
    code = "import sys; print('é'); print('no', file=sys.stderr); sys.exit(5)"
    assert script(code, 'a b') == (5, ['é', 'no'])
    script('print(1)')
    first, second = (tmp_path / 'logs' / 'log').read_text().split('\n\n')
    assert "$ python tool.py 'a b'\né\nno" in first
    assert second.endswith('$ python tool.py\n1\n')


def test_bytes_that_are_no_text_do_no_harm(script):
    code = r"import sys; sys.stdout.buffer.write(b'\xff\n')"
    assert script(code) == (0, ['\ufffd'])


def test_a_child_finds_data_and_package_from_its_own_folder(
    script, tmp_path, monkeypatch
):
    folder = tmp_path / 'mine'
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv('LIGHTKPT_REGISTER', '0')
    monkeypatch.delenv('LIGHTKPT_DATA', raising=False)
    code = (
        'import os, importlib.util as u\n'
        "print(os.environ['LIGHTKPT_DATA'], os.environ['LIGHTKPT_REGISTER'])\n"
        "print(u.find_spec('mmpose_lightkpt').origin)"
    )
    package = Path(child.__file__).parents[1] / '__init__.py'
    assert script(code)[1] == [f'{folder}/data 1', str(package)]


def test_an_interrupt_ends_the_child(tmp_path, monkeypatch):
    monkeypatch.setattr(child, 'ROOT', tmp_path)
    code = 'import os, time; print(os.getpid()); time.sleep(60)'
    (tmp_path / 'tool.py').write_text(code)
    seen = []

    def interrupt(line):
        seen.append(int(line))
        raise KeyboardInterrupt

    start = time.monotonic()
    with locked(tmp_path) as lock, pytest.raises(KeyboardInterrupt):
        child.run_child(['tool.py'], tmp_path, tmp_path / 'l', interrupt, lock)
    assert time.monotonic() - start < 30
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


def test_a_child_that_kills_itself_is_no_success(script):
    code = 'import os; os.kill(os.getpid(), 9)'
    assert script(code) == (-9, [])


# Progress -----------------------------------------------------------------


@pytest.fixture
def heard():
    """Lines that come through, and what listens."""
    said = []
    return said, Progress('[3/9] rle', said.append, 8, 'TorsoPCK/mean14')


def test_each_epoch_is_told_once_a_minute(heard):
    said, progress = heard
    for epoch, eta in ((1, '1 day, 2:03:04'), (1, '9:00:00'), (2, '0:00:00')):
        progress(TRAIN.format(epoch, eta, '0.25'))
    assert said == [
        '[3/9] rle: train epoch 1/8, iteration 40/694, loss 0.25 '
        '(eta 1 day, 2:03:04)',
        '[3/9] rle: train epoch 2/8, iteration 40/694, loss 0.25 '
        '(eta 0:00:00)',
    ]
    progress.every = 0
    progress(TRAIN.format(2, '0:00:00', 'nan'))
    assert len(said) == 3


@pytest.mark.parametrize(
    'line, told',
    [
        ('TorsoPCK/mean14         0.5123', 'test TorsoPCK/mean14 0.5123'),
        ('TorsoPCK/mean12         0.5123', None),
        ('TorsoPCK/mean14 .5      0.5123', None),
        ('| fp32 | 1e-6 | 0.01 | pass |', 'parity in fp32: pass'),
        ('| fp32 | 1e-6 | 0.01 | FAIL |', 'parity in fp32: FAIL'),
        ('[3/20] a fp32 threads=1: 2 ms', '[3/20] a fp32 threads=1: 2 ms'),
        ('[3/20, 2 s left] a: 2 ms', '[3/20, 2 s left] a: 2 ms'),
        ('missing: a is not judged', 'missing: a is not judged'),
        ('11/20 - mmengine - INFO - loads', None),
    ],
)
def test_lines_that_matter_are_passed_on(heard, line, told):
    said, progress = heard
    progress(line)
    assert said == ([f'[3/9] rle: {told}'] if told else [])


def test_the_last_words_are_kept_and_warnings_are_not(heard):
    _, progress = heard
    for line in ('error: no such config', 'x.py:3: UserWarning: old', ''):
        progress(line)
    assert progress.last == 'error: no such config'
