"""The command line that draws toy people."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments):
    paths = [str(ROOT), os.environ.get('PYTHONPATH', '')]
    return subprocess.run(
        [sys.executable, str(ROOT / 'tools/make_toy_people.py'), *arguments],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(paths)},
        capture_output=True,
        text=True,
    )


def test_it_draws_and_says_how_far_it_is(tmp_path):
    folder = tmp_path / 'toys'
    sizes = '--num-train 3 --num-val 2 --image-size 80 96 --workers 1'
    result = run(str(folder), *sizes.split())
    assert result.returncode == 0, result.stderr
    assert 'train: 3/3 pictures' in result.stdout
    assert 's left' in result.stdout
    assert str(folder) in result.stdout
    assert (folder / 'annotations/val.json').exists()
    assert len(list((folder / 'images/train').glob('*.jpg'))) == 3


def test_wrong_arguments_give_one_line_and_exit_code_2(tmp_path):
    result = run(str(tmp_path / 'toys'), '--num-train', '0')
    assert result.returncode == 2
    assert result.stderr == 'error: num_train must be at least 1, got 0\n'


def test_help_shows_an_example():
    result = run('--help')
    assert result.returncode == 0
    assert 'python tools/make_toy_people.py data/toy_people' in result.stdout
