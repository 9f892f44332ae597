"""What is no MoveNet, or is stored in another way, is named in one line."""

import flatbuffers
import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('ai_edge_litert')

from ai_edge_litert import schema_py_generated as schema  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from write_tflite import write_tflite  # noqa: E402

from mmpose_lightkpt import config_path  # noqa: E402
from mmpose_lightkpt.movenet_import.command import (  # noqa: E402
    CONFIGS,
    import_movenet,
)

pytestmark = pytest.mark.mmpose
CONV = schema.BuiltinOperator.CONV_2D


@pytest.fixture(scope='module')
def contents():
    """Lightning as an int8 and as a float32 file, with random weights."""
    config = Config.fromfile(config_path(CONFIGS[32]))
    init_default_scope('mmpose')
    model = MODELS.build(config.model).eval()
    return {kind: write_tflite(model, kind) for kind in ('int8', 'float32')}


@pytest.fixture
def refused(contents, tmp_path):
    """Change a file, import it, and return what is said of it."""

    def run(change, kind='int8'):
        model = schema.ModelT.InitFromPackedBuf(contents[kind])
        change(model)
        builder = flatbuffers.Builder(0)
        builder.Finish(model.Pack(builder), b'TFL3')
        path, out = tmp_path / 'odd.tflite', tmp_path / 'x.pth'
        path.write_bytes(bytes(builder.Output()))
        with pytest.raises(ValueError) as found:
            import_movenet(path, out, 0, 0, lambda line: None)
        assert not out.exists()
        message = str(found.value)
        assert message.startswith(f'{path}: ') and '\n' not in message
        return message.removeprefix(f'{path}: ')

    return run


def weights(model):
    """The weight tensor of each convolution."""
    graph = model.subgraphs[0]
    return [
        graph.tensors[op.inputs[1]]
        for op in graph.operators
        if model.operatorCodes[op.opcodeIndex].builtinCode == CONV
    ]


def test_the_unchanged_file_is_imported(contents, tmp_path):
    path = tmp_path / 'fine.tflite'
    path.write_bytes(contents['int8'])
    import_movenet(path, tmp_path / 'x.pth', 0, 0, lambda line: None)
    assert (tmp_path / 'x.pth').exists()


# Another model -------------------------------------------------------------


def cut_after(number):
    """Keep the first operators alone: a classifier without its decode."""

    def change(model):
        graph = model.subgraphs[0]
        graph.operators = graph.operators[:number]

    return change


def test_a_classifier_with_the_same_first_layer_is_named(refused):
    said = refused(cut_after(40))
    assert '40 convolutions in backbone and neck, the model has 5' in said
    assert 'single-pose MoveNet' in said


def rename(old, new):
    def change(model):
        for tensor in model.subgraphs[0].tensors:
            tensor.name = tensor.name.replace(old, new)

    return change


def test_a_movenet_with_other_heads_is_named(refused):
    """As the multi-pose one, which has boxes too."""
    said = refused(rename(b'kpt_offset_0', b'box_scale_0'))
    assert '62 convolutions in backbone and neck, the model has 59' in said
    assert 'single-pose MoveNet' in said


def stem_of(channels):
    def change(model):
        tensor = weights(model)[0]
        buffer = model.buffers[tensor.buffer]
        buffer.data = buffer.data[: channels * 27]
        tensor.shape = [channels, *tensor.shape[1:]]
        tensor.quantization.scale = tensor.quantization.scale[:channels]
        tensor.quantization.zeroPoint = [0] * channels

    return change


def test_another_width_is_named(refused):
    said = refused(stem_of(16))
    assert 'begin with 16 channels' in said
    assert '32 (Lightning) or 56 (Thunder)' in said


def without_bias(model):
    for op in model.subgraphs[0].operators:
        op.inputs = op.inputs[:2]


def test_a_convolution_without_bias_is_named(refused):
    assert 'without bias' in refused(without_bias)


# Another way to store ------------------------------------------------------


def stored_as(kind):
    def change(model):
        weights(model)[3].type = getattr(schema.TensorType, kind)

    return change


@pytest.mark.parametrize('kind', ['INT4', 'INT16', 'BFLOAT16'])
def test_another_type_is_named(refused, kind):
    said = refused(stored_as(kind))
    assert f'stored as {kind}; known are FLOAT32, FLOAT16, INT8' in said


def scheme(model):
    how = weights(model)[3].quantization
    how.detailsType = schema.QuantizationDetails.CustomQuantization
    how.details = schema.CustomQuantizationT()


def test_another_scheme_is_named(refused):
    said = refused(scheme)
    assert 'quantised by CustomQuantization; known is one scale' in said


def wrong_axis(model):
    weights(model)[3].quantization.quantizedDimension = 7


def too_few_zeros(model):
    how = weights(model)[3].quantization
    how.zeroPoint = how.zeroPoint[:2]


def no_scales(model):
    weights(model)[3].quantization = None


@pytest.mark.parametrize(
    'change, part',
    [
        (wrong_axis, 'scales on axis 7'),
        (too_few_zeros, '2 zero points for'),
        (no_scales, 'with 0 scales'),
    ],
)
def test_scales_that_do_not_fit_are_named(refused, change, part):
    said = refused(change)
    assert part in said and 'is known' in said


def test_absent_zero_points_are_zero(contents, tmp_path):
    from mmpose_lightkpt.movenet_import.tflite_file import TFLiteFile

    def read(content):
        path = tmp_path / 'file.tflite'
        path.write_bytes(content)
        return TFLiteFile(path).convolutions()

    model = schema.ModelT.InitFromPackedBuf(contents['int8'])
    for tensor in weights(model):
        assert not tensor.quantization.zeroPoint.any()
        tensor.quantization.zeroPoint = None
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b'TFL3')
    for got, want in zip(
        read(bytes(builder.Output())), read(contents['int8'])
    ):
        np.testing.assert_array_equal(got.weight, want.weight)


def too_short(model):
    buffer = model.buffers[weights(model)[3].buffer]
    buffer.data = buffer.data[:-8]


def not_a_number(model):
    buffer = model.buffers[weights(model)[3].buffer]
    values = np.array(buffer.data, np.uint8).view(np.float32)
    values[5] = np.nan
    buffer.data = values.view(np.uint8)


@pytest.mark.parametrize(
    'change, part', [(too_short, 'damaged'), (not_a_number, 'holds NaN')]
)
def test_damaged_weights_are_named(refused, change, part):
    assert part in refused(change, 'float32')
