"""What holds for every engine that reads ONNX."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt.deploy.runtimes.engines import ENGINES, open_runtime

sys.path.insert(0, str(Path(__file__).parent))
from onnx_bundles import convolved, two_outputs, write_network  # noqa: E402

pytest.importorskip('onnx')
PEERS = [name for name in ENGINES if name != 'ncnn']
HERE = Path(__file__).resolve()


@pytest.fixture(params=PEERS)
def peer(request):
    package = ENGINES[request.param].package
    pytest.importorskip(package, reason=f'{package} is not installed')
    return request.param


@pytest.fixture
def spec(tiny_spec):
    return two_outputs(tiny_spec)


@pytest.fixture
def folder(tmp_path):
    write_network(tmp_path / 'model.onnx')
    return tmp_path


@pytest.fixture
def x():
    return np.random.default_rng(13).normal(size=(3, 28, 52)).astype('f4')


@pytest.mark.parametrize('threads', [1, 2])
def test_every_peer_computes_the_convolution_in_the_order_of_the_spec(
    peer, folder, spec, x, threads
):
    runtime = open_runtime(peer, folder, spec, threads)
    maps, negative = runtime.run(x)
    assert maps.dtype == negative.dtype == np.float32
    np.testing.assert_allclose(maps, convolved(x), atol=1e-4)
    np.testing.assert_allclose(negative, -convolved(x), atol=1e-4)
    assert runtime.info['runtime'] == peer
    assert runtime.info['threads'] == threads
    assert runtime.info['precision'] == 'fp32'
    assert runtime.info['version'][0].isdigit()


def test_a_strided_input_is_read_as_what_it_shows(peer, folder, spec, x):
    runtime = open_runtime(peer, folder, spec)
    strided = np.ascontiguousarray(x.transpose(1, 2, 0)).transpose(2, 0, 1)
    assert not strided.flags.c_contiguous
    np.testing.assert_array_equal(runtime.run(strided)[0], runtime.run(x)[0])


def test_outputs_stay_valid_after_the_next_run(peer, folder, spec, x):
    runtime = open_runtime(peer, folder, spec)
    first = runtime.run(x)
    kept = [out.copy() for out in first]
    for _ in range(3):
        runtime.run(np.zeros_like(x))
    del runtime
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    'wrong',
    [
        np.zeros((3, 28, 51), np.float32),
        np.zeros((3, 28, 52), np.float64),
        np.zeros((1, 3, 28, 52), np.float32),
    ],
)
def test_a_wrong_input_is_refused(peer, folder, spec, wrong):
    runtime = open_runtime(peer, folder, spec)
    with pytest.raises(ValueError, match=r'expected a float32 .*\(3, 28, 52'):
        runtime.run(wrong)


def test_a_non_finite_output_is_an_error_naming_it(peer, folder, spec, x):
    x[1, 13, 17] = np.inf
    with pytest.raises(ValueError, match="'maps'.*NaN"):
        open_runtime(peer, folder, spec).run(x)


def test_an_output_of_another_shape_is_an_error_naming_it(
    peer, folder, tiny_spec, x
):
    shapes = [[5, 28, 53], [5, 28, 52]]
    spec = two_outputs(tiny_spec, output_shapes=shapes)
    with pytest.raises(ValueError, match="'maps'.*28, 52.*28, 53"):
        open_runtime(peer, folder, spec).run(x)


def test_a_missing_file_is_named_with_what_makes_it(peer, tmp_path, spec):
    with pytest.raises(FileNotFoundError, match='model.onnx.*--onnx'):
        open_runtime(peer, tmp_path, spec)


@pytest.mark.parametrize('keep', [0, 100])
def test_a_damaged_file_is_named(peer, folder, spec, keep):
    path = folder / 'model.onnx'
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match='model.onnx'):
        open_runtime(peer, folder, spec)


@pytest.mark.parametrize('threads', [0, 1.0, True])
def test_impossible_threads_are_refused(peer, folder, spec, threads):
    with pytest.raises(ValueError, match='threads'):
        open_runtime(peer, folder, spec, threads)


def test_a_precision_it_does_not_have_is_refused(peer, folder, spec):
    with pytest.raises(ValueError, match="'fp16'; known are .*'fp32'"):
        open_runtime(peer, folder, spec, 1, 'fp16')


@pytest.mark.parametrize('name', ['onnxruntime', 'openvino'])
def test_a_foreign_network_is_refused_by_its_names(name, folder, spec):
    pytest.importorskip(ENGINES[name].package)
    write_network(folder / 'model.onnx', input_name='image')
    with pytest.raises(ValueError, match=r"model.onnx: expected .*'image'"):
        open_runtime(name, folder, spec)


@pytest.mark.parametrize('name', ['onnxruntime', 'mnn'])
@pytest.mark.skipif(sys.platform != 'linux', reason='threads are in /proc')
def test_a_process_has_as_many_threads_as_were_asked_for(name, folder):
    pytest.importorskip(ENGINES[name].package)
    # In a process of its own: those of earlier tests linger.
    code = (
        'import os, sys, numpy as np\n'
        f'sys.path[:0] = [{str(HERE.parent)!r}, {str(HERE.parents[1])!r}]\n'
        'from conftest import make_tiny_spec\n'
        'from onnx_bundles import two_outputs\n'
        'from mmpose_lightkpt.deploy.runtimes.engines import *\n'
        'from mmpose_lightkpt.deploy.runtimes import engines\n'
        f'name, folder = {name!r}, {str(folder)!r}\n'
        'engines.warm_engine(name, folder)\n'
        'before = len(os.listdir("/proc/self/task"))\n'
        'runtime = engines.open_runtime(name, folder, '
        'two_outputs(make_tiny_spec), int(sys.argv[1]))\n'
        'runtime.run(np.zeros((3, 28, 52), np.float32))\n'
        'print(len(os.listdir("/proc/self/task")) - before)\n'
    )
    started = [
        subprocess.run(
            [sys.executable, '-c', code, str(threads)],
            env=dict(os.environ, LIGHTKPT_REGISTER='0'),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for threads in (1, 2)
    ]
    assert started == ['0', '1']  # besides the one that asks


@pytest.mark.parametrize('threads', [1, 2])
def test_openvino_uses_as_many_threads_as_were_asked_for(folder, threads):
    openvino = pytest.importorskip('openvino')
    from mmpose_lightkpt.deploy.runtimes.openvino import settings

    compiled = openvino.Core().compile_model(
        str(folder / 'model.onnx'), 'CPU', settings(threads)
    )
    assert compiled.get_property('INFERENCE_NUM_THREADS') == threads
    assert compiled.get_property('NUM_STREAMS') == 1
    precision = compiled.get_property('INFERENCE_PRECISION_HINT')
    assert precision == openvino.Type.f32
