"""The doctor finds each fault and names a command that mends it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt import diagnosis, doctor

ROOT = Path(doctor.__file__).parents[1]
HEALTHY = {
    **dict.fromkeys(diagnosis.PACKAGES, '1.0'),
    'mmcv': None,
    'mmcv-lite': '2.1.0',
    'numpy': '1.26.4',
    'ncnn': '1.0.20261020',
    'pnnx': '20261020',
    'opencv-python-headless': None,
}


def refusing(word, error):
    """A probe that fails on code that contains ``word``."""
    return lambda code: error if word in code else None


def test_a_healthy_stack_has_no_problem():
    assert diagnosis.diagnose(HEALTHY, refusing('nothing', '')) == []


@pytest.mark.parametrize(
    'change, mend',
    [
        ({'torch': None}, 'torch=='),
        ({'torchvision': None}, '--no-deps'),
        ({'mmcv-lite': None}, 'mmcv-lite==2.1.0'),
        ({'mmpose': None}, '--no-deps --no-build-isolation mmpose'),
        ({'opencv-python': None}, 'opencv-python<5'),
        ({'mmcv': '2.1.0'}, 'pip uninstall -y mmcv-lite'),
        ({'mmcv': '2.2.0', 'mmcv-lite': None}, 'mmcv-lite==2.1.0'),
        ({'pnnx': '20250101'}, 'pnnx==20261020'),
        ({'ncnn': None}, 'pip install ncnn'),
    ],
)
def test_a_missing_or_misfit_package_is_mended_by_name(change, mend):
    found = diagnosis.diagnose({**HEALTHY, **change}, lambda code: None)
    assert len(found) == 1, found
    assert mend in found[0].mend


@pytest.mark.parametrize(
    'word, error, change, mend',
    [
        ('pkg_resources', 'no such module', {}, 'setuptools<81'),
        ('cv2', 'ImportError: libGL.so.1', {}, 'opencv-python-headless'),
        ('cv2', 'ImportError: numpy.core', {}, 'numpy<2'),
        ('xtcocotools', 'dtype size', {'numpy': '2.4.6'}, 'numpy<2'),
        ('xtcocotools', 'broken', {}, 'xtcocotools'),
        ('import torchvision', 'nms', {}, 'torchvision=='),
        ('mmpose.models', 'torn', {}, 'mmpose==1.3.2'),
        ('torch.load', 'refused', {}, 'torch==2.13.0'),
        ('import ncnn', 'torn', {}, '--no-deps ncnn'),
        ('mmpose.models', "No module named 'json_tricks'", {}, 'json-tricks'),
    ],
)
def test_a_package_that_does_not_import_is_mended(word, error, change, mend):
    found = diagnosis.diagnose({**HEALTHY, **change}, refusing(word, error))
    assert len(found) == 1, found
    assert error in found[0].what
    assert mend in found[0].mend


def test_compiled_operators_of_another_torch_are_found():
    versions = {**HEALTHY, 'mmcv': '2.1.0', 'mmcv-lite': None}
    found = diagnosis.diagnose(versions, refusing('mmcv._ext', 'undefined'))
    assert [problem.what for problem in found] == [
        'the operators of mmcv are compiled for another torch: undefined'
    ]


def test_a_board_needs_numpy_and_ncnn_alone():
    bare = dict.fromkeys(diagnosis.PACKAGES)
    bare.update(numpy='2.4.6', ncnn='1.0.20261020')
    assert diagnosis.diagnose_board(bare, lambda code: None) == []
    bare.update(ncnn=None)
    assert len(diagnosis.diagnose_board(bare, lambda code: None)) == 1


def test_a_probe_tells_the_last_error_and_outlives_a_crash():
    assert diagnosis.probe('pass') is None
    assert diagnosis.probe('import no_such').endswith("'no_such'")
    assert 'code -6' in diagnosis.probe('import os; os.abort()')


def run_doctor(*args, path=''):
    paths = os.pathsep.join([str(path), str(ROOT)])
    return subprocess.run(
        [sys.executable, '-m', 'mmpose_lightkpt.doctor', *args],
        env=dict(os.environ, PYTHONPATH=paths),
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_board_check_prints_the_stack_and_ends_well():
    pytest.importorskip('ncnn')
    done = run_doctor('--board')
    assert done.returncode == 0, done.stderr
    assert 'numpy' in done.stdout and 'a board needs' in done.stdout


def test_a_missing_numpy_does_not_stop_the_doctor(tmp_path):
    (tmp_path / 'numpy.py').write_text('raise ImportError("torn")')
    done = run_doctor('--board', path=tmp_path)
    assert done.returncode == 1, done.stderr
    assert 'numpy does not import: ImportError: torn' in done.stdout


@pytest.mark.mmpose
def test_a_crashing_mmpose_does_not_stop_the_doctor(tmp_path):
    pytest.importorskip('mmpose')
    (tmp_path / 'mmpose.py').write_text('import os; os.abort()')
    (tmp_path / 'cv2.py').write_text('raise ImportError("libGL.so.1")')
    done = run_doctor(path=tmp_path)
    assert done.returncode == 1
    assert 'libGL.so.1' in done.stdout
    assert 'opencv-python-headless' in done.stdout
    assert done.stderr == ''
