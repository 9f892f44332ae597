"""What is wrong with a stack and which command mends it.

:mod:`.doctor` prints what is found here. Whatever could crash is imported in
a child process with ``LIGHTKPT_REGISTER=0``, so that a broken library is
reported instead of ending the doctor.
"""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional

# fmt: off
PACKAGES = (
    'torch', 'torchvision', 'numpy', 'opencv-python', 'opencv-python-headless',
    'setuptools', 'mmengine', 'mmcv', 'mmcv-lite', 'mmdet', 'mmpose',
    'xtcocotools', 'pycocotools', 'openmim', 'ncnn', 'pnnx',
)
# fmt: on
Versions = Dict[str, Optional[str]]
Probe = Callable[[str], Optional[str]]

_COMPAT_FILE = str(Path(__file__).with_name('compat.py'))
_LOAD_COMPAT = f"""
import importlib.util as u
spec = u.spec_from_file_location('lightkpt_compat', {_COMPAT_FILE!r})
compat = u.module_from_spec(spec)
spec.loader.exec_module(compat)
"""
_TORCHVISION = f"""{_LOAD_COMPAT}
compat.declare_torchvision_ops()
import torchvision
"""
_MMPOSE = f"""{_LOAD_COMPAT}
compat.apply()
import mmpose.apis, mmpose.models, mmdet.models
"""
_CHECKPOINT = f"""{_LOAD_COMPAT}
compat.apply()
import io, numpy, torch
from mmengine.logging import HistoryBuffer
file = io.BytesIO()
torch.save([HistoryBuffer([1.0], [1]), numpy.float64(1)], file)
file.seek(0)
torch.load(file)
"""
_REINSTALL = 'pip install --force-reinstall --no-deps'
_NO_DEPS = 'pip install --no-deps --no-build-isolation'
_NUMPY_1 = "pip install 'numpy<2'"


class Problem(NamedTuple):
    """One thing that is wrong and the command that mends it."""

    what: str
    mend: str


def installed_versions() -> Versions:
    """Version of each package of the stack, None where it is absent."""
    found: Versions = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def probe(code: str) -> Optional[str]:
    """Run ``code`` in a child; None if it ends well, else its last words."""
    env = dict(os.environ, LIGHTKPT_REGISTER='0', PYTHONWARNINGS='ignore')
    try:
        child = subprocess.run(
            [sys.executable, '-c', code],
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return 'did not come back within 300 s'
    if child.returncode == 0:
        return None
    error = r'^\s*(\w[\w.]*(?:Error|Exception)\b.*)'
    said = re.findall(error, child.stderr, re.MULTILINE)
    return said[-1] if said else f'ended with code {child.returncode}'


def diagnose(versions: Versions, probe: Probe = probe) -> List[Problem]:
    """What is wrong for training, in the order it should be mended.

    Args:
        versions: as :func:`installed_versions` returns them.
        probe: runs a piece of Python, see :func:`probe`.
    """
    problems = _missing(versions) + _mixed(versions)
    problems += _broken(versions, probe, _SINGLE)
    if not problems:  # else these would only repeat what was found
        problems = _broken(versions, probe, _TOGETHER)
    return problems + diagnose_board(versions, probe)


def diagnose_board(versions: Versions, probe: Probe = probe) -> List[Problem]:
    """What is wrong for running an exported model."""
    absent = [
        Problem(f'{name} is missing', f'pip install {name}')
        for name in ('numpy', 'ncnn')
        if versions.get(name) is None
    ]
    return absent + _broken(versions, probe, _BOARD)


def _missing(versions: Versions) -> List[Problem]:
    """Packages that training needs and that are absent."""
    mends = {
        'setuptools': "pip install 'setuptools<81'",
        'torch': 'pip install torch==2.13.0',
        'torchvision': f'{_NO_DEPS} torchvision==0.28.0',
        'opencv-python': "pip install 'opencv-python<5'",
        'xtcocotools': "pip install xtcocotools 'numpy<2'",
        'mmengine': 'pip install mmengine==0.10.7',
        'mmcv': f'{_NO_DEPS} mmcv-lite==2.1.0',
        'mmdet': f'{_NO_DEPS} mmdet==3.3.0',
        'mmpose': f'{_NO_DEPS} mmpose==1.3.2',
        'pnnx': f'pip install pnnx=={_ncnn_date(versions)}',
    }
    either = {'mmcv': 'mmcv-lite', 'opencv-python': 'opencv-python-headless'}
    return [
        Problem(f'{name} is missing', mend)
        for name, mend in mends.items()
        if versions.get(name) is None
        and versions.get(either.get(name, '')) is None
    ]


def _mixed(versions: Versions) -> List[Problem]:
    """Packages that are there but do not fit each other."""
    found = []
    full, lite = versions.get('mmcv'), versions.get('mmcv-lite')
    if full and lite:
        what = 'mmcv and mmcv-lite overwrite each other'
        again = f'{_NO_DEPS} mmcv==2.1.0'
        found.append(
            Problem(what, f'pip uninstall -y mmcv-lite mmcv && {again}')
        )
    elif (full or lite) and not _fits_mmdet(full or lite):
        what = f'mmdet 3.3.0 refuses mmcv {full or lite}'
        found.append(Problem(what, f'{_NO_DEPS} mmcv-lite==2.1.0'))
    pnnx, date = versions.get('pnnx'), _ncnn_date(versions)
    if pnnx and versions.get('ncnn') and pnnx != date:
        what = f'pnnx {pnnx} writes for another ncnn than that of {date}'
        found.append(Problem(what, f'pip install pnnx=={date}'))
    return found


def _broken(versions: Versions, probe: Probe, checks: tuple) -> List[Problem]:
    """Installed packages that fail a check."""
    found = []
    for package, what, code, mend in checks:
        if versions.get(package) is None:
            continue  # told as missing
        error = probe(code)
        if error is None:
            continue
        absent = re.search(r"No module named '(\w+)", error)
        if absent and absent[1] not in code:
            command = f'pip install {absent[1].replace("_", "-")}'
        else:
            command = mend if isinstance(mend, str) else mend(error, versions)
        found.append(Problem(f'{what}: {error}', command))
    return found


def _mend_cv2(error: str, versions: Versions) -> str:
    if 'numpy' in error:
        return _NUMPY_1
    if '.so' in error:  # a library of the desktop is missing
        return (
            'pip uninstall -y opencv-python && '
            "pip install 'opencv-python-headless<5'"
        )
    return f"{_REINSTALL} 'opencv-python<5'"


def _mend_xtcocotools(error: str, versions: Versions) -> str:
    numpy = versions.get('numpy') or '1.26.4'
    newer = int(numpy.split('.')[0]) >= 2
    return _NUMPY_1 if newer else f'{_REINSTALL} xtcocotools'


def _fits_mmdet(mmcv: str) -> bool:
    major, minor = mmcv.split('.')[:2]
    return (2, 0) <= (int(major), int(minor)) < (2, 2)


def _ncnn_date(versions: Versions) -> str:
    """'20261020' of ncnn 1.0.20261020: the date pnnx must have as well."""
    return (versions.get('ncnn') or '1.0.20261020').split('.')[-1]


# (package, what is wrong, code that must run, mending command)
_SINGLE = (
    (
        'setuptools',
        'setuptools has no pkg_resources, which mim and mmengine need',
        'import pkg_resources',
        "pip install 'setuptools<81'",
    ),
    ('torch', 'torch does not import', 'import torch', f'{_REINSTALL} torch'),
    (
        'torchvision',
        'torchvision does not import',
        _TORCHVISION,
        f'{_REINSTALL} torchvision==0.28.0  # 0.28 is for torch 2.13',
    ),
    ('opencv-python', 'cv2 does not import', 'import cv2', _mend_cv2),
    ('opencv-python-headless', 'cv2 does not import', 'import cv2', _mend_cv2),
    (
        'xtcocotools',
        'xtcocotools does not import',
        'import xtcocotools.mask',
        _mend_xtcocotools,
    ),
    (
        'mmcv',
        'the operators of mmcv are compiled for another torch',
        'import torch, mmcv._ext',
        f'MMCV_WITH_OPS=1 {_REINSTALL} --no-cache-dir --no-build-isolation '
        'mmcv==2.1.0',
    ),
)
_TOGETHER = (
    (
        'mmpose',
        'mmpose does not import',
        _MMPOSE,
        f'{_NO_DEPS} --force-reinstall mmpose==1.3.2 mmdet==3.3.0',
    ),
    (
        'torch',
        'torch refuses checkpoints of mmengine',
        _CHECKPOINT,
        'pip install torch==2.13.0',
    ),
)
_BOARD = (
    ('numpy', 'numpy does not import', 'import numpy', f'{_REINSTALL} numpy'),
    ('ncnn', 'ncnn does not import', 'import ncnn', f'{_REINSTALL} ncnn'),
)
