"""Importing the board's part is light: `benchmarks/import_time.py` times it.

Tests time nothing, so they count: on a Pi a module costs a few milliseconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import json, sys
import numpy, ncnn
before = set(sys.modules)
import mmpose_lightkpt.benchmark, mmpose_lightkpt.deploy.timing
import mmpose_lightkpt.deploy.parity
print(json.dumps(sorted(set(sys.modules) - before)))
"""
# Each pulls in many others, and nothing that a board does needs it.
HEAVY = {
    'asyncio', 'cv2', 'decimal', 'email', 'http', 'importlib.metadata',
    'logging', 'mmcv', 'mmengine', 'mmpose', 'multiprocessing',
    'pkg_resources', 'requests', 'setuptools', 'sqlite3', 'statistics',
    'torch', 'tqdm', 'unittest', 'urllib.request', 'xml',
}  # fmt: skip


@pytest.fixture(scope='module')
def added():
    done = subprocess.run(
        [sys.executable, '-c', CODE],
        env=dict(os.environ, LIGHTKPT_REGISTER='0', PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_board_imports_nothing_heavy(added):
    assert not HEAVY & set(added)


def test_the_board_imports_few_modules(added):
    ours = [name for name in added if name.startswith('mmpose_lightkpt')]
    assert 10 < len(ours) <= 60
    assert len(added) - len(ours) <= 40, set(added) - set(ours)
