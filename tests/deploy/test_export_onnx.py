from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')
torch = pytest.importorskip('torch')
pytestmark = pytest.mark.mmpose

from torch import nn  # noqa: E402

from mmpose_lightkpt.deploy.export_onnx import write_onnx  # noqa: E402

SIZE = (11, 7)  # w, h


class Small(nn.Module):
    """A shuffle between two convolutions, and two outputs."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 15, 3, padding=1)
        self.norm = nn.BatchNorm2d(15)
        self.shuffle = nn.ChannelShuffle(5)
        self.last = nn.Conv2d(15, 13, 1)

    def forward(self, x):
        x = self.shuffle(self.norm(self.first(x)))
        return x, self.last(x)


@pytest.fixture
def model():
    torch.manual_seed(3)
    model = Small()
    model(torch.randn(17, 3, 7, 11))  # statistics that are not 0 and 1
    return model


def test_onnx_computes_what_torch_computes(model, tmp_path):
    path = tmp_path / 'model.onnx'
    write_onnx(model, SIZE, path)
    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider']
    )
    (given,) = session.get_inputs()
    assert given.name == 'in0' and given.shape == [1, 3, 7, 11]
    assert [node.name for node in session.get_outputs()] == ['out0', 'out1']
    x = torch.randn(1, 3, 7, 11)
    with torch.no_grad():
        wanted = model(x)
    for got, want in zip(session.run(None, {'in0': x.numpy()}), wanted):
        np.testing.assert_allclose(got, want.numpy(), atol=1e-5)


def test_a_model_is_left_in_evaluation_mode(model, tmp_path):
    wrapped = nn.Sequential(model)
    model.eval()
    assert wrapped.training  # as a fresh wrapper is
    write_onnx(wrapped, SIZE, tmp_path / 'model.onnx')
    assert not any(module.training for module in wrapped.modules())


def test_the_same_weights_give_the_same_file_without_a_path(model, tmp_path):
    for name in ('a', 'b'):
        write_onnx(model, SIZE, tmp_path / name)
    content = (tmp_path / 'a').read_bytes()
    assert content == (tmp_path / 'b').read_bytes()
    for path in (Path.cwd(), tmp_path, Path(torch.__file__).parents[1]):
        assert str(path).encode() not in content


def test_a_layer_without_an_onnx_form_is_named(tmp_path):
    class Foreign(nn.Module):
        def forward(self, x):
            return (torch.special.bessel_j0(x),)

    with pytest.raises(ValueError, match='special_bessel_j0') as error:
        write_onnx(Foreign(), SIZE, tmp_path / 'model.onnx')
    assert len(str(error.value).splitlines()) == 1


def test_the_rule_for_shuffles_is_ours_only_while_exporting(model, tmp_path):
    write_onnx(model, SIZE, tmp_path / 'model.onnx')
    x = torch.zeros(1, 3, 7, 11)
    # UnsupportedOperatorError, or an accident on torch's way to it.
    with pytest.raises((RuntimeError, ValueError)):
        torch.onnx.export(
            model, (x,), tmp_path / 'b', dynamo=False, opset_version=17
        )
