import numpy as np
import pytest

from mmpose_lightkpt.deploy import PRECISIONS, NcnnRuntime
from mmpose_lightkpt.deploy.runtimes.ncnn import (
    check_date,
    crashing_layers,
    date_of,
    foreign_layers,
)

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

CONV_PARAM = """7767517
2 2
Input       in0  0 1 in0
Convolution conv 1 1 in0 out0 0=5 1=3 11=3 4=1 14=1 5=1 6=135
"""


@pytest.fixture
def conv_bundle(tmp_path, tiny_spec):
    """A 3x3 convolution of 3 -> 5 channels with random weights."""
    rng = np.random.default_rng(11)
    weight = rng.normal(size=(5, 3, 3, 3)).astype('<f4')
    bias = rng.normal(size=5).astype('<f4')
    (tmp_path / 'model.ncnn.param').write_text(CONV_PARAM)
    # pnnx puts a 4-byte tag (0: float32) before the weights.
    (tmp_path / 'model.ncnn.bin').write_bytes(
        bytes(4) + weight.tobytes() + bias.tobytes()
    )
    spec = tiny_spec(outputs=['maps'], output_shapes=[[5, 28, 52]])
    return tmp_path, spec, weight, bias


@pytest.fixture
def x():
    return np.random.default_rng(13).normal(size=(3, 28, 52)).astype('f4')


def convolved(x, weight, bias):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    return np.einsum('ihwab,oiab->ohw', windows, weight) + bias[:, None, None]


@pytest.mark.parametrize(
    'precision, bound',
    [('fp32', 1e-5), ('fp16', 0.05), ('fp16-storage', 0.05), ('bf16', 0.2)],
)
@pytest.mark.parametrize('threads', [1, 2])
def test_every_precision_computes_the_convolution(
    conv_bundle, x, precision, bound, threads
):
    folder, spec, weight, bias = conv_bundle
    runtime = NcnnRuntime(folder, spec, threads, precision)
    (got,) = runtime.run(x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, convolved(x, weight, bias), atol=bound)
    assert runtime.info['precision'] == precision
    assert runtime.info['threads'] == threads


def test_bf16_is_really_used(conv_bundle, x):
    folder, spec, weight, bias = conv_bundle
    (got,) = NcnnRuntime(folder, spec, precision='bf16').run(x)
    assert np.abs(got - convolved(x, weight, bias)).max() > 1e-4


def test_a_strided_input_is_read_as_what_it_shows(conv_bundle, x):
    folder, spec, _, _ = conv_bundle
    runtime = NcnnRuntime(folder, spec)
    strided = np.ascontiguousarray(x.transpose(1, 2, 0)).transpose(2, 0, 1)
    assert not strided.flags.c_contiguous
    np.testing.assert_array_equal(runtime.run(strided)[0], runtime.run(x)[0])


def test_outputs_stay_valid_after_the_next_run(conv_bundle, x):
    folder, spec, _, _ = conv_bundle
    runtime = NcnnRuntime(folder, spec)
    (first,) = runtime.run(x)
    kept = first.copy()
    for _ in range(5):
        runtime.run(np.random.default_rng(0).normal(size=x.shape).astype('f4'))
    del runtime
    np.testing.assert_array_equal(first, kept)


def test_outputs_come_in_the_order_of_the_spec(tiny_bundle, tiny_spec):
    x = np.zeros((3, 28, 52), np.float32)
    x[1] = 0.5
    center, heatmap, regression, offset = NcnnRuntime(
        tiny_bundle, tiny_spec()
    ).run(x)
    assert center.shape == heatmap.shape == (1, 7, 13)
    assert regression.shape == offset.shape == (2, 7, 13)
    assert not heatmap.any() and (offset[0] == 0.5).all()


@pytest.mark.parametrize(
    'wrong',
    [
        np.zeros((3, 28, 51), np.float32),
        np.zeros((1, 28, 52), np.float32),
        np.zeros((28, 52, 3), np.float32),
        np.zeros((3, 28, 52), np.float64),
        np.zeros((1, 3, 28, 52), np.float32),
    ],
)
def test_a_wrong_input_is_refused(tiny_bundle, tiny_spec, wrong):
    runtime = NcnnRuntime(tiny_bundle, tiny_spec())
    with pytest.raises(ValueError, match=r'expected a float32 .*\(3, 28, 52'):
        runtime.run(wrong)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_non_finite_output_is_an_error_naming_it(conv_bundle, x, value):
    folder, spec, _, _ = conv_bundle
    x[1, 13, 17] = value
    with pytest.raises(ValueError, match="'maps'.*NaN"):
        NcnnRuntime(folder, spec).run(x)


def test_an_output_of_another_shape_is_an_error_naming_it(
    conv_bundle, tiny_spec, x
):
    spec = tiny_spec(outputs=['maps'], output_shapes=[[5, 28, 53]])
    with pytest.raises(ValueError, match="'maps'.*28, 52.*28, 53"):
        NcnnRuntime(conv_bundle[0], spec).run(x)


@pytest.mark.parametrize('name', ['model.ncnn.param', 'model.ncnn.bin'])
def test_a_missing_file_is_named(tiny_bundle, tiny_spec, name):
    (tiny_bundle / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        NcnnRuntime(tiny_bundle, tiny_spec())


@pytest.mark.parametrize('size', [0, 3, 100, 559])
def test_a_truncated_bin_is_named(conv_bundle, size):
    folder, spec, _, _ = conv_bundle
    path = folder / 'model.ncnn.bin'
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match='model.ncnn.bin.*truncated'):
        NcnnRuntime(folder, spec)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'ir_version: 3',
        'PK\x03\x04',
        '7767517\n',
        '7767517\n2 2\nInput',
        CONV_PARAM[:80],
    ],
)
def test_a_foreign_or_truncated_param_is_named(conv_bundle, text):
    folder, spec, _, _ = conv_bundle
    (folder / 'model.ncnn.param').write_text(text)
    with pytest.raises(ValueError, match='model.ncnn.param'):
        NcnnRuntime(folder, spec)


def test_a_layer_that_ncnn_lacks_is_named_with_its_line(
    tiny_bundle, tiny_spec
):
    path = tiny_bundle / 'model.ncnn.param'
    path.write_text(path.read_text().replace('Pooling ', 'torch.argmax '))
    with pytest.raises(ValueError, match='line 4: torch.argmax pool'):
        NcnnRuntime(tiny_bundle, tiny_spec())


def test_blobs_that_the_spec_does_not_know_are_listed(tiny_bundle, tiny_spec):
    spec = tiny_spec(outputs=['a', 'b'], output_shapes=[])
    with pytest.raises(ValueError, match="'out3'"):
        NcnnRuntime(tiny_bundle, spec)


@pytest.mark.parametrize(
    'choice',
    [
        dict(precision='float'),
        dict(threads=0),
        dict(threads=1.5),
        dict(threads=True),
    ],
)
def test_an_impossible_choice_is_refused(tiny_bundle, tiny_spec, choice):
    with pytest.raises(ValueError, match=next(iter(choice))):
        NcnnRuntime(tiny_bundle, tiny_spec(), **choice)


def test_an_ncnn_older_than_the_pnnx_is_refused(tiny_bundle, tiny_spec):
    spec = tiny_spec(versions=dict(pnnx='20991231'))
    with pytest.raises(ValueError, match='older than the pnnx 20991231'):
        NcnnRuntime(tiny_bundle, spec)
    NcnnRuntime(tiny_bundle, spec, allow_older_ncnn=True)


def test_dates_of_ncnn_and_pnnx_are_compared():
    assert date_of('1.0.20261020') == 20261020 == date_of('20261020')
    assert date_of('git') is None
    check_date('1.0.20261020', '20261020')
    check_date('1.0.20270101', '20261020')
    check_date('git', '20261020')
    with pytest.raises(ValueError, match='older'):
        check_date('1.0.20261019', '20261020')


def test_foreign_layers_are_listed_by_line():
    text = (
        CONV_PARAM + 'aten::linalg_norm n 1 1 out0 x\n'
        'pnnx.Expression e 1 1 x y\n'
    )
    assert foreign_layers(CONV_PARAM) == []
    assert foreign_layers(text) == [
        'line 5: aten::linalg_norm n',
        'line 6: pnnx.Expression e',
    ]


def test_the_options_of_fp32_leave_no_reduced_precision():
    assert not any(PRECISIONS['fp32'].values())


GROUPED_DECONVOLUTION = """7767517
2 2
Input                  in0    0 1 in0
DeconvolutionDepthWise deconv 1 1 in0 out0 0=3 1=4 3=2 4=1 5=0 6=48 7=3
"""


def test_what_crashes_ncnn_in_bf16_is_refused_before_it_does(
    conv_bundle, tiny_spec
):
    folder, _, _, _ = conv_bundle
    (folder / 'model.ncnn.param').write_text(GROUPED_DECONVOLUTION)
    spec = tiny_spec(outputs=['maps'], output_shapes=[[3, 56, 104]])
    with pytest.raises(ValueError, match='line 4: Deconv.*take fp32'):
        NcnnRuntime(folder, spec, 1, 'bf16')
    assert crashing_layers(GROUPED_DECONVOLUTION, 'fp32') == []
    assert crashing_layers(CONV_PARAM, 'bf16') == []
