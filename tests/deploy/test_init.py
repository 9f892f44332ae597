import os
import subprocess
import sys
from pathlib import Path

import mmpose_lightkpt

ROOT = Path(mmpose_lightkpt.__file__).resolve().parents[1]


def run_python(code):
    env = dict(os.environ, LIGHTKPT_REGISTER='0', PYTHONPATH=str(ROOT))
    return subprocess.run(
        [sys.executable, '-c', code], env=env, capture_output=True, text=True
    )


def test_deploy_loads_neither_torch_nor_mmpose_nor_opencv_nor_an_engine():
    done = run_python(
        'import sys, mmpose_lightkpt.deploy\n'
        'heavy = {"torch", "mmpose", "mmengine", "mmcv", "cv2", "ncnn"}\n'
        'heavy |= {"onnx", "onnxruntime", "openvino", "MNN", "_mnncengine"}\n'
        'print(sorted(heavy & set(sys.modules)))'
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == '[]'


def test_a_missing_ncnn_is_named_with_the_remedy(tiny_bundle):
    done = run_python(
        'import sys; sys.modules["ncnn"] = None\n'
        'from mmpose_lightkpt.deploy import PosePipeline\n'
        f'PosePipeline.from_bundle({str(tiny_bundle)!r})'
    )
    assert done.returncode == 1
    assert 'mmpose_lightkpt[board]' in done.stderr
