"""Every command line explains itself and fails in one line."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = sorted(path.stem for path in (ROOT / 'tools').glob('*.py'))
# These run where only numpy, OpenCV and ncnn are installed.
BOARD = (
    'bench_zoo',
    'benchmark_ncnn',
    'demo',
    'make_toy_people',
    'quantise_bundle',
    'report',
)
# A mistake for each tool, and what the message must name. FILE is a text
# file, hence neither a config nor a folder.
MISTAKES = {
    'bench_zoo': (['nowhere'], 'nowhere'),
    'benchmark_ncnn': (['nowhere'], 'nowhere'),
    'box_model': (['nowhere', '--record', 'x.json'], 'nowhere'),
    'browse_targets': (['nowhere.py'], 'nowhere.py'),
    'demo': (['nowhere.jpg', '--model', 'bundle'], 'nowhere.jpg'),
    'draw_predictions': (['nowhere.py', 'nowhere.pth'], 'nowhere.py'),
    'export_ncnn': (['nowhere.py', '--out', 'out'], 'nowhere.py'),
    'import_movenet': (['nowhere.tflite', '--out', 'x.pth'], 'nowhere.tflite'),
    'make_toy_people': (['FILE', '--num-train', '1'], 'FILE'),
    'mean_pose': (['nowhere.py'], 'nowhere.py'),
    'make_model_table': None,  # it takes no input
    'person_areas': (['nowhere.py'], 'nowhere.py'),
    'plot_training': (['nowhere'], 'nowhere'),
    'quantise_bundle': (['nowhere'], 'nowhere'),
    'report': (['nowhere.json', '--out', 'out'], 'nowhere.json'),
    'run_demo': (['--out', 'FILE'], 'FILE'),
    'run_study': (['nowhere.py', '--out', 'out'], 'nowhere.py'),
    'test': (['nowhere.py', 'nowhere.pth'], 'nowhere.py'),
    'train': (['nowhere.py'], 'nowhere.py'),
}


def run(tool, words, folder):
    """Run a tool from an unrelated folder, as a user would."""
    if tool not in BOARD and importlib.util.find_spec('mmpose') is None:
        pytest.skip('needs MMPose')
    if tool in ('bench_zoo', 'benchmark_ncnn'):
        pytest.importorskip('ncnn')
    return subprocess.run(
        [sys.executable, str(ROOT / 'tools' / f'{tool}.py'), *words],
        cwd=folder,
        env=dict(
            os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', COLUMNS='80'
        ),
        capture_output=True,
        text=True,
        check=False,
    )


def errors(done):
    """Lines on stderr that are not about warnings of other packages."""
    lines = iter(done.stderr.splitlines())
    found = []
    for line in lines:
        if 'Warning: ' in line:
            next(lines, None)  # the source line that Python shows with it
        elif line.strip():
            found.append(line)
    return found


@pytest.mark.parametrize('tool', TOOLS)
def test_help_shows_an_example_of_the_tool(tool, tmp_path):
    done = run(tool, ['--help'], tmp_path)
    assert done.returncode == 0, done.stderr
    usage, _, example = done.stdout.lower().partition('example')
    assert usage.startswith('usage:')
    assert f'python tools/{tool}.py ' in example


@pytest.mark.parametrize('tool', TOOLS)
def test_help_explains_every_argument(tool, tmp_path):
    """A line of its own for each, with words after its name or below it."""
    lines = run(tool, ['--help'], tmp_path).stdout.splitlines()
    starts = [
        i for i, line in enumerate(lines) if re.match(r'  [-{\w.]', line)
    ]
    for i in starts:
        name, _, words = lines[i].strip().partition('  ')
        below = lines[i + 1] if i + 1 < len(lines) else ''
        explained = words.strip() or below.startswith(' ' * 20)
        assert explained or name.startswith('python '), lines[i]


def test_every_tool_has_its_mistake():
    assert sorted(MISTAKES) == TOOLS


@pytest.mark.parametrize(
    'tool', [tool for tool in TOOLS if MISTAKES.get(tool)]
)
def test_a_mistake_is_named_in_one_line_and_fails(tool, tmp_path):
    words, named = MISTAKES[tool]
    (tmp_path / 'FILE').write_text('text')
    done = run(tool, words, tmp_path)
    assert done.returncode != 0
    assert 'Traceback' not in done.stderr
    lines = errors(done)
    assert len(lines) == 1, done.stderr
    assert named in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ['FILE']


@pytest.mark.parametrize('tool', BOARD)
def test_an_unknown_option_is_refused_with_the_usage(tool, tmp_path):
    done = run(tool, ['--no-such-option'], tmp_path)
    assert done.returncode == 2
    assert 'Traceback' not in done.stderr
    assert 'usage:' in done.stderr and 'error:' in errors(done)[-1]


@pytest.mark.parametrize(
    'door', ['demo', 'benchmark', 'export', 'report', 'zoo']
)
def test_the_package_opens_the_same_doors(door, tmp_path):
    pytest.importorskip('ncnn')
    done = subprocess.run(
        [sys.executable, '-m', f'mmpose_lightkpt.{door}', '--help'],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=str(ROOT), LIGHTKPT_REGISTER='0'),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert 'examples:' in done.stdout
