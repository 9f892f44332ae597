"""Toy people need numpy and OpenCV alone."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = """
import sys
from mmpose_lightkpt.datasets.toy_people import make_toy_people
loaded = {name.split('.')[0] for name in sys.modules}
print(sorted(loaded & {'torch', 'mmpose', 'mmengine', 'mmcv', 'matplotlib'}))
"""


def test_without_registration_neither_torch_nor_mmpose_is_loaded():
    result = subprocess.run(
        [sys.executable, '-c', CODE],
        cwd=ROOT,
        env={**os.environ, 'LIGHTKPT_REGISTER': '0'},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == '[]'
