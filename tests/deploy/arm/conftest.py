"""ARM boards without the board: `make test-arm`."""

import os
from pathlib import Path

import pytest

from mmpose_lightkpt.deploy.arm_system import MIRROR
from mmpose_lightkpt.deploy.emulated_python import EmulatedPython

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = ROOT / 'configs' / 'body_2d_keypoint'
# Config of each method and how much its last layers are enlarged.
METHODS = dict(
    movenet=('movenet/lsp/movenet_shufflenetv2-0.75_*.py', 3),
    simcc=('simcc/lsp/simcc_mobilenetv3-small_*.py', 1),
    ipr=('integral_regression/lsp/ipr-dsnt-rle_mobilenetv3-small_*.py', 0.1),
)


@pytest.fixture(scope='session')
def emulated():
    """Return a function that gives an emulated Python, unpacked once."""

    def prepare(machine, cpu=None):
        python = EmulatedPython(ROOT / 'work_dirs' / 'arm', machine, cpu)
        if python.missing:
            pytest.skip(python.missing)
        python.prepare(os.environ.get('LIGHTKPT_DEBIAN_MIRROR', MIRROR))
        return python

    return prepare


@pytest.fixture(scope='session')
def bundles(emulated, tmp_path_factory):
    """Method -> bundle with untrained weights and three crops."""
    emulated('aarch64')  # nothing is exported where nothing can run it
    for module in ('pnnx', 'ncnn', 'torch', 'mmpose.models'):
        pytest.importorskip(module)
    from lively import export_lively

    found = {}
    for method, (pattern, gain) in METHODS.items():
        (config,) = CONFIGS.glob(pattern)
        folder = tmp_path_factory.mktemp(method)
        found[method] = export_lively(config, folder, gain)
    return found
