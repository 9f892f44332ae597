import os
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('ai_edge_litert')
pytest.importorskip('flatbuffers')

from mmpose_lightkpt.deploy.runtimes.litert import (  # noqa: E402
    LiteRtRuntime,
    read_facts,
)

sys.path.insert(0, str(Path(__file__).parent))
from tflite_files import SIZE, multiplied, tiny_tflite  # noqa: E402

GOOGLES = 'movenet/movenet_singlepose_lightning_int8_v4.tflite'


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        path = tmp_path / 'tiny.tflite'
        path.write_bytes(tiny_tflite(**changes))
        return path

    return write


@pytest.mark.parametrize('weights', ['float32', 'float16'])
def test_it_computes_what_the_file_says(write, weights):
    path = write(weights=weights)
    runtime = LiteRtRuntime(path, 2, weights)
    x = np.random.default_rng(3).normal(size=runtime.input_shape).astype('f4')
    (out,) = runtime.run(x)
    np.testing.assert_allclose(out, multiplied(x), atol=1e-5)
    assert out.dtype == np.float32
    assert runtime.info['runtime'] == 'litert'
    assert runtime.info['threads'] == 2
    assert runtime.info['precision'] == weights
    assert runtime.info['version'][0].isdigit()


@pytest.mark.parametrize('weights', ['float32', 'float16'])
def test_the_precision_is_that_of_the_weights_and_the_size_the_inputs(
    write, weights
):
    assert read_facts(write(weights=weights)) == (weights, SIZE)


def test_another_input_is_refused_with_what_is_expected(write):
    runtime = LiteRtRuntime(write())
    for x in (np.zeros((1, 7, 5, 3), 'f4'), np.zeros((1, 5, 7, 3))):
        with pytest.raises(ValueError, match=r'float32 input .*\(1, 5, 7, 3'):
            runtime.run(x)


def test_nan_never_passes(write):
    runtime = LiteRtRuntime(write())
    with pytest.raises(ValueError, match='NaN'):
        runtime.run(np.full(runtime.input_shape, np.nan, np.float32))


@pytest.mark.parametrize(
    'changes, reason',
    [
        (dict(shape=(1, 5, 7, 6)), 'one image of fixed size.*6'),
        (dict(shape=(1, -1, -1, 3)), 'one image of fixed size.*-1'),
        (dict(inputs=2), 'expected one input'),
    ],
)
def test_what_takes_no_image_of_fixed_size_is_named(write, changes, reason):
    path = write(**changes)
    for load in (LiteRtRuntime, read_facts):
        with pytest.raises(ValueError, match=f'tiny.tflite: .*{reason}'):
            load(path)


@pytest.mark.parametrize('damage', ['cut', 'text', 'empty'])
def test_a_damaged_file_is_named_in_one_line(write, damage):
    path = write()
    whole = path.read_bytes()
    content = dict(cut=whole[: len(whole) // 2], text=b'no network', empty=b'')
    path.write_bytes(content[damage])
    with pytest.raises(ValueError, match='tiny.tflite: .*damaged') as caught:
        read_facts(path)
    assert '\n' not in str(caught.value)


@pytest.mark.skipif(
    not os.environ.get('LIGHTKPT_DATA'), reason='LIGHTKPT_DATA is not set'
)
def test_googles_movenet_holds_int8_and_finds_17_keypoints():
    path = Path(os.environ['LIGHTKPT_DATA']) / GOOGLES
    assert read_facts(path) == ('int8', (192, 192))
    runtime = LiteRtRuntime(path)
    assert runtime.input_dtype == np.uint8
    (out,) = runtime.run(np.full(runtime.input_shape, 127, np.uint8))
    assert out.shape == (1, 17, 3)
    assert (out >= 0).all() and (out <= 1).all()
