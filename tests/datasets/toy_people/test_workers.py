"""Processes that share the work: order, errors and a killed parent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt.datasets.toy_people.workers import open_mapper

ROOT = Path(__file__).parents[3]
PARENT = """
import math, os, signal
from mmpose_lightkpt.datasets.toy_people.workers import open_mapper
if __name__ == '__main__':
    with open_mapper(2) as run:
        next(iter(run(math.factorial, range(1, 50))))
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize('workers', [1, 2])
def test_results_come_in_order(workers, monkeypatch):
    monkeypatch.delenv('LIGHTKPT_REGISTER', raising=False)
    with open_mapper(workers) as run:
        assert list(run(abs, range(-40, 0))) == list(range(40, 0, -1))
    assert 'LIGHTKPT_REGISTER' not in os.environ


@pytest.mark.parametrize('workers', [1, 2])
def test_an_error_of_a_worker_reaches_the_caller(workers):
    with pytest.raises(ZeroDivisionError), open_mapper(workers) as run:
        list(run(divmod_by_itself, [3, 0, 5]))


def divmod_by_itself(number):
    return divmod(number, number)


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    script = tmp_path / 'parent.py'
    script.write_text(PARENT)
    # The workers hold the pipe open too: it ends when the last one does.
    result = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
        timeout=120,
    )
    assert result.returncode == -9
