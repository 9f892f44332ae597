import sys
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy.tflite_model import (
    ForwardAlone,
    is_tflite,
    noise,
    tflite_facts,
)

sys.path.insert(0, str(Path(__file__).parent / 'runtimes'))


@pytest.fixture
def file(tmp_path):
    pytest.importorskip('ai_edge_litert')
    pytest.importorskip('flatbuffers')
    from tflite_files import tiny_tflite

    path = tmp_path / 'tiny.tflite'
    path.write_bytes(tiny_tflite('float16'))
    return path


def test_it_is_told_by_its_suffix():
    assert is_tflite('a/b.tflite') and not is_tflite('a/tflite')


@pytest.mark.parametrize(
    'dtype, low, high',
    [('uint8', 0, 255), ('int8', -128, 127), ('int32', 0, 255)],
)
def test_noise_is_bytes_of_the_own_type_and_the_same_each_time(
    dtype, low, high
):
    made = noise((1, 40, 40, 3), dtype)
    assert made.dtype == dtype and made.shape == (1, 40, 40, 3)
    assert (made.min(), made.max()) == (low, high)
    np.testing.assert_array_equal(made, noise((1, 40, 40, 3), dtype))


def test_noise_of_a_float_type_is_within_0_and_1():
    made = noise((1, 40, 40, 3), np.float32)
    assert made.dtype == np.float32
    assert 0 <= made.min() < 0.01 and 0.99 < made.max() < 1


def test_the_forward_pass_alone_does_anything(file):
    pipeline = ForwardAlone.from_file(file, 1, 'float16')
    x, warp = pipeline.preprocess(None)
    assert warp is None and x.shape == (1, 5, 7, 3)
    (out,) = pipeline.forward(x)
    assert out.shape == (5, 7, 2)
    assert pipeline.decode([out], warp) is None
    assert pipeline(None) is None


def test_facts_come_from_a_process_of_its_own(file):
    assert tflite_facts(file) == ('float16', (7, 5))
    file.unlink()
    assert tflite_facts(file) == ('float16', (7, 5))  # asked once


def test_a_missing_file_and_a_missing_package_are_named(
    file, tmp_path, monkeypatch
):
    with pytest.raises(ValueError, match='gone.tflite: no such file'):
        tflite_facts(tmp_path / 'gone.tflite')
    broken = tmp_path / 'broken' / 'ai_edge_litert'
    broken.mkdir(parents=True)
    (broken / '__init__.py').write_text('raise ImportError')
    monkeypatch.setenv('PYTHONPATH', str(broken.parent))
    with pytest.raises(ValueError, match='pip install "ai-edge-litert"'):
        tflite_facts(file)


def test_a_file_that_crashes_the_reader_costs_one_line(
    file, tmp_path, monkeypatch
):
    crashing = tmp_path / 'crashing' / 'ai_edge_litert'
    crashing.mkdir(parents=True)
    (crashing / '__init__.py').write_text('import os; os.abort()')
    monkeypatch.setenv('PYTHONPATH', str(crashing.parent))
    with pytest.raises(ValueError, match='tiny.tflite: LiteRT crashed'):
        tflite_facts(file)
