"""Print the stack and, for each thing wrong with it, the mending command.

``python -m mmpose_lightkpt.doctor`` looks at what training needs, ``--board``
only at what a board needs (numpy and ncnn). Whatever could crash is imported
in a child process with ``LIGHTKPT_REGISTER=0``, so that a broken library is
reported instead of ending the doctor.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

PACKAGES = (
    'torch',
    'torchvision',
    'numpy',
    'opencv-python',
    'opencv-python-headless',
    'setuptools',
    'mmengine',
    'mmcv',
    'mmcv-lite',
    'mmdet',
    'mmpose',
    'xtcocotools',
    'pycocotools',
    'openmim',
    'ncnn',
    'pnnx',
)
Versions = Dict[str, Optional[str]]
Probe = Callable[[str], Optional[str]]

_COMPAT_FILE = str(Path(__file__).with_name('compat.py'))
_COMPAT = f"""
import importlib.util as u
spec = u.spec_from_file_location('lightkpt_compat', {_COMPAT_FILE!r})
compat = u.module_from_spec(spec)
spec.loader.exec_module(compat)
compat.apply()
"""
_CHECKPOINT = (
    _COMPAT
    + """
import io, numpy, torch
from mmengine.logging import HistoryBuffer
file = io.BytesIO()
torch.save([HistoryBuffer([1.0], [1]), numpy.float64(1)], file)
file.seek(0)
torch.load(file)
"""
)


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
    said = re.findall(
        r'^\s*(\w[\w.]*(?:Error|Exception)\b.*)', child.stderr, re.MULTILINE
    )
    return said[-1] if said else f'ended with code {child.returncode}'


def diagnose(versions: Versions, probe: Probe = probe) -> List[Problem]:
    """What is wrong for training, in the order it should be mended.

    Args:
        versions: as :func:`installed_versions` returns them.
        probe: runs a piece of Python, see :func:`probe`.
    """
    problems = _missing(versions) + _mixed(versions)
    for code, module, mend in _imports(versions):
        if versions.get(module) is None:
            continue  # reported as missing
        error = probe(code)
        if error is not None:
            problems.append(
                Problem(f'{module} does not import: {error}', mend(error))
            )
    if problems:  # the checks below would only repeat them
        return problems + diagnose_board(versions, probe)
    error = probe(_COMPAT + 'import mmpose.apis, mmpose.models, mmdet.models')
    if error is not None:
        problems.append(
            Problem(
                f'mmpose.models does not import: {error}',
                _no_deps('mmpose==1.3.2 mmdet==3.3.0'),
            )
        )
    elif (error := probe(_CHECKPOINT)) is not None:
        problems.append(
            Problem(
                f'torch.load refuses checkpoints: {error}',
                "pip install 'torch==2.13.0'",
            )
        )
    return problems + diagnose_board(versions, probe)


def diagnose_board(versions: Versions, probe: Probe = probe) -> List[Problem]:
    """What is wrong for running an exported model."""
    problems = []
    for module in ('numpy', 'ncnn'):
        mend = f'pip install {module}'
        if versions.get(module) is None:
            problems.append(Problem(f'{module} is missing', mend))
            continue
        error = probe(f'import {module}')
        if error is not None:
            problems.append(
                Problem(
                    f'{module} does not import: {error}',
                    f'pip install --force-reinstall {module}',
                )
            )
    return problems


def _no_deps(packages: str) -> str:
    return f'pip install --no-deps --no-build-isolation {packages}'


def _missing(versions: Versions) -> List[Problem]:
    """Packages that training needs and that are absent."""
    mends = {
        'setuptools': "pip install 'setuptools<81'",
        'torch': 'pip install torch==2.13.0',
        'torchvision': _no_deps('torchvision==0.28.0'),
        'opencv-python': "pip install 'opencv-python<5'",
        'xtcocotools': "pip install xtcocotools 'numpy<2'",
        'mmengine': 'pip install mmengine==0.10.7',
        'mmcv': _no_deps('mmcv-lite==2.1.0'),
        'mmdet': _no_deps('mmdet==3.3.0'),
        'mmpose': _no_deps('mmpose==1.3.2'),
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
    problems = []
    mmcv = versions.get('mmcv') or versions.get('mmcv-lite')
    if versions.get('mmcv') and versions.get('mmcv-lite'):
        problems.append(
            Problem(
                'mmcv and mmcv-lite overwrite each other',
                'pip uninstall -y mmcv-lite mmcv && '
                + _no_deps('mmcv==2.1.0'),
            )
        )
    elif mmcv and not (2, 0) <= _number(mmcv) < (2, 2):
        problems.append(
            Problem(f'mmdet refuses mmcv {mmcv}', _no_deps('mmcv-lite==2.1.0'))
        )
    pnnx, date = versions.get('pnnx'), _ncnn_date(versions)
    if pnnx and versions.get('ncnn') and pnnx != date:
        problems.append(
            Problem(
                f'pnnx {pnnx} writes for another ncnn than {date}',
                f'pip install pnnx=={date}',
            )
        )
    return problems


def _imports(versions: Versions) -> Sequence[Tuple[str, str, Callable]]:
    """(code, package, error -> mending command) of the single imports."""
    numpy_2 = _number(versions.get('numpy') or '1.26') >= (2, 0)
    numpy_1 = "pip install 'numpy<2'"
    reinstall = 'pip install --force-reinstall --no-deps '
    cv2 = versions.get('opencv-python')
    return (
        (
            'import pkg_resources',
            'setuptools',
            lambda error: "pip install 'setuptools<81'",
        ),
        (
            'import torch',
            'torch',
            lambda error: reinstall + f'torch=={versions["torch"]}',
        ),
        (
            _COMPAT.replace(
                'compat.apply()', 'compat.declare_torchvision_ops()'
            )
            + 'import torchvision',
            'torchvision',
            lambda error: reinstall + 'torchvision==0.28.0 (for torch 2.13.0)',
        ),
        (
            'import cv2',
            'opencv-python' if cv2 else 'opencv-python-headless',
            lambda error: (
                'pip uninstall -y opencv-python && pip install '
                "'opencv-python-headless<5'"
                if 'lib' in error
                else numpy_1
                if 'numpy' in error
                else "pip install 'opencv-python<5'"
            ),
        ),
        (
            'import xtcocotools.mask',
            'xtcocotools',
            lambda error: numpy_1 if numpy_2 else reinstall + 'xtcocotools',
        ),
        (
            'import mmcv._ext',
            'mmcv',
            lambda error: (
                reinstall + "'mmcv==2.1.0' --no-cache-dir "
                '--no-build-isolation  # compiled against this torch'
            ),
        ),
    )


def _number(version: str) -> Tuple[int, int]:
    major, minor = version.split('.')[:2]
    return int(major), int(minor)


def _ncnn_date(versions: Versions) -> str:
    """'20261020' of ncnn 1.0.20261020: the date pnnx must have as well."""
    return (versions.get('ncnn') or '1.0.20261020').split('.')[-1]


def describe(versions: Versions) -> List[str]:
    """The stack, one line per part."""
    ops = (
        'compiled'
        if versions['mmcv']
        else 'stand-ins that fail when used; nms in plain torch'
        if versions['mmcv-lite']
        else 'none'
    )
    lines = [
        ('python', platform.python_version()),
        (
            'system',
            f'{platform.system()} {platform.release()} '
            f'{platform.machine()}, {os.cpu_count()} cores',
        ),
        *((name, version or '-') for name, version in versions.items()),
        ('mmcv.ops', ops),
    ]
    return [f'{name:24}{value}' for name, value in lines]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Print the report; 1 if something is wrong, else 0."""
    parser = argparse.ArgumentParser(
        prog='python -m mmpose_lightkpt.doctor',
        description='Print the stack and what is wrong with it.',
    )
    parser.add_argument(
        '--board',
        action='store_true',
        help='check only what running an exported model needs',
    )
    args = parser.parse_args(argv)
    versions = installed_versions()
    print('\n'.join(describe(versions)))
    check = diagnose_board if args.board else diagnose
    problems = check(versions)
    for what, mend in problems:
        print(f'\nwrong: {what}\n mend: {mend}')
    purpose = 'a board' if args.board else 'training'
    if not problems:
        print(f'\nEverything that {purpose} needs is there and works.')
    return int(bool(problems))


if __name__ == '__main__':
    sys.exit(main())
