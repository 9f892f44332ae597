"""Cores are found by their speed and by their number, or named as missing."""

import os
import subprocess
import sys

import pytest

from mmpose_lightkpt.deploy.cores import bound_to, choose_cores


@pytest.fixture
def board(tmp_path):
    """A board: ``board(cpu_capacity=[446, 446, 1024])``."""

    def write(**speeds):
        for name, values in speeds.items():
            for core, value in enumerate(values):
                folder = tmp_path / f'sys/devices/system/cpu/cpu{core}'
                path = folder / name.replace('__', '/')
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f'{value}\n')
        return tmp_path

    return write


@pytest.mark.parametrize(
    'text, cores',
    [
        ('all', [0, 1, 2, 3]),
        ('big', [2, 3]),
        ('little', [0, 1]),
        ('3', [3]),
        ('0,2-3', [0, 2, 3]),
        ('2-3,0,2', [0, 2, 3]),
    ],
)
def test_cores_by_name_and_by_number(board, text, cores):
    root = board(cpu_capacity=[446, 446, 1024, 1024])
    assert choose_cores(text, root, range(4)) == cores


def test_the_highest_clock_tells_where_the_capacity_does_not(board):
    root = board(
        cpu_capacity=[1024, 1024, 1024],
        cpufreq__cpuinfo_max_freq=[1800000, 2400000, 1800000],
    )
    assert choose_cores('big', root, range(3)) == [1]
    assert choose_cores('little', root, range(3)) == [0, 2]


def test_only_cores_that_may_be_used_count(board):
    root = board(cpu_capacity=[446, 446, 800, 1024])
    assert choose_cores('big', root, [0, 1, 2]) == [2]


@pytest.mark.parametrize(
    'text, words',
    [
        ('4', 'no core 4: .* 0, 1, 2, 3'),
        ('2-9', 'no core 4, 5, 6, 7, 8, 9'),
        ('big', 'no big cores: .*one kind'),
        ('fast', "'big'.*got 'fast'"),
        ('', "got ''"),
        ('1-', "got '1-'"),
        ('3-2', "'3-2' names no core"),
    ],
)
def test_a_choice_that_cannot_be_is_named(board, text, words):
    root = board(cpu_capacity=[1024] * 4)
    with pytest.raises(ValueError, match=words):
        choose_cores(text, root, range(4))


@pytest.mark.skipif(sys.platform != 'linux', reason='binds to cores')
def test_children_run_where_their_parent_is_bound():
    mine = os.sched_getaffinity(0)
    core = max(mine)
    ask = 'import os; print(*os.sched_getaffinity(0))'
    with bound_to([core]):
        said = subprocess.check_output([sys.executable, '-c', ask], text=True)
    assert said.split() == [str(core)]
    assert os.sched_getaffinity(0) == mine
    with bound_to(None):
        assert os.sched_getaffinity(0) == mine
