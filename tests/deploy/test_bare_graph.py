import numpy as np
import pytest

from mmpose_lightkpt.deploy import ModelSpec, NcnnRuntime, PosePipeline
from mmpose_lightkpt.deploy.bare_graph import bundle_of_graph

pytest.importorskip('ncnn')
pytestmark = pytest.mark.ncnn

# As another tool may write it: other names, two outputs, one called out0.
FOREIGN = """7767517
5 6
Input       data   0 1 data
Convolution conv   1 1 data out0 0=5 1=3 11=3 4=1 14=1 5=1 6=135
Split       copy   1 2 out0 left right
ReLU        relu   1 1 left prob
Softmax     soft   1 1 right boxes 0=0 1=1
"""


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / 'mine.ncnn.param'
    path.write_text(FOREIGN)
    return path


def test_a_graph_runs_without_weights_whatever_its_blobs_are_called(
    graph, tmp_path
):
    folder = bundle_of_graph(graph, (52, 28), tmp_path / 'bundle')
    spec = ModelSpec.load(folder)
    assert spec.name == 'mine' and spec.input_size == (52, 28)
    assert spec.params == 5 * 3 * 9 + 5
    pose = PosePipeline.from_bundle(folder, zero_weights=True)
    relu, soft = pose.forward(np.ones((3, 28, 52), np.float32))
    assert relu.shape == soft.shape == (5, 28, 52)
    assert not relu.any()  # zeros were its weights
    np.testing.assert_allclose(soft, 1 / 5, atol=1e-6)
    keypoints, scores = pose(np.zeros((40, 40, 3), np.uint8))
    assert keypoints.shape == (1, 2) and not scores.any()


def test_such_a_bundle_is_refused_as_a_model(graph, tmp_path):
    folder = bundle_of_graph(graph, (52, 28), tmp_path / 'bundle')
    with pytest.raises(FileNotFoundError, match='model.ncnn.bin'):
        PosePipeline.from_bundle(folder)


def test_nan_of_zeros_is_no_error_but_a_wrong_shape_is(tiny_bundle, tiny_spec):
    x = np.full((3, 28, 52), np.nan, np.float32)
    NcnnRuntime(tiny_bundle, tiny_spec(), zero_weights=True).run(x)
    spec = tiny_spec(output_shapes=[[1, 7, 14]] * 4)
    with pytest.raises(ValueError, match='shape'):
        NcnnRuntime(tiny_bundle, spec, zero_weights=True).run(x)


@pytest.mark.parametrize(
    'text, reason',
    [
        ('ir_version: 3', '7767517'),
        ('7767517\n2 2\nInput in0 0 1', 'line 3'),
        (FOREIGN.replace('ReLU ', 'torch.argmax '), 'line 6: torch.argmax'),
        (FOREIGN.replace('ReLU ', 'Input '), 'one input'),
        ('7767517\n1 1\nInput in0 0 1 in0\n', 'at least one output'),
    ],
)
def test_what_is_no_graph_is_named_with_its_line(tmp_path, text, reason):
    path = tmp_path / 'bad.param'
    path.write_text(text)
    with pytest.raises(ValueError, match=f'bad.param.*{reason}'):
        bundle_of_graph(path, (52, 28), tmp_path / 'bundle')
    assert not (tmp_path / 'bundle').exists()


def test_a_missing_graph_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.param'):
        bundle_of_graph(tmp_path / 'none.param', (52, 28), tmp_path)
