"""The C++ header, compiled with every warning an error."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import mmpose_lightkpt

HERE = Path(__file__).parent
HEADERS = Path(mmpose_lightkpt.__file__).parent / 'deploy' / 'cpp'
COMPILER = os.environ.get('CXX', 'g++')
WARNINGS = (
    'all',
    'extra',
    'pedantic',
    'shadow',
    'conversion',
    'sign-conversion',
    'double-promotion',
    'old-style-cast',
    'error',
)
STRICT = ['-std=c++11', *(f'-W{name}' for name in WARNINGS)]


def compile_program(out, sources, *flags):
    """Compile ``sources`` against our header; skip without a compiler."""
    if shutil.which(COMPILER) is None:
        pytest.skip(f'needs the C++ compiler {COMPILER} (CXX names another)')
    done = subprocess.run(
        [COMPILER, *STRICT, *flags, '-I', HEADERS, *sources, '-o', out],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope='session')
def strict_compiler():
    return compile_program


class Decoder:
    """Runs decode_file on tensors (C, H, W) or, as ncnn has them, (K, n)."""

    def __init__(self, program, folder):
        self.program, self.file = program, folder / 'tensors.bin'

    def run(self, kind, tensors, **parameters):
        """The finished process; channels are padded with NaN."""
        with open(self.file, 'wb') as file:
            for tensor in tensors:
                c, h, w = (1,) * (3 - tensor.ndim) + tensor.shape
                step = -(-h * w // 4) * 4 + 4
                padded = np.full((c, step), np.nan, np.float32)
                padded[:, : h * w] = tensor.reshape(c, h * w)
                np.array([c, h, w, step], np.int32).tofile(file)
                padded.tofile(file)
        words = []
        for name, value in parameters.items():
            if isinstance(value, (tuple, list)):
                words += [f'{name}_x', value[0], f'{name}_y', value[1]]
            else:
                words += [name, value]
        return subprocess.run(
            [self.program, self.file, kind, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def __call__(self, kind, tensors, **parameters):
        """Keypoints (K, 2) and scores (K, )."""
        done = self.run(kind, tensors, **parameters)
        assert done.returncode == 0, done.stderr
        lines = np.loadtxt(done.stdout.splitlines(), np.float32, ndmin=2)
        return lines[:, :2], lines[:, 2]

    def error(self, kind, tensors, **parameters):
        """The one line that it says when it refuses."""
        done = self.run(kind, tensors, **parameters)
        assert done.returncode == 1 and not done.stdout
        assert done.stderr.startswith('lightkpt: ')
        assert done.stderr.count('\n') == 1
        return done.stderr


# As it would be built anywhere, and as many Android projects build.
FLAGS = dict(
    strict=('-O2', '-ffp-contract=off'),
    fast=('-O2', '-ffast-math', '-fno-exceptions', '-fno-rtti'),
)


@pytest.fixture(scope='session', params=FLAGS)
def cpp(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    sources = sorted(HERE.glob('*.cpp'))
    decoder = Decoder(
        compile_program(
            folder / 'decode_file', sources, *FLAGS[request.param]
        ),
        folder,
    )
    decoder.exact = request.param == 'strict'
    return decoder
