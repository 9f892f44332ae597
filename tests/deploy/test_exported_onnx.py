"""A bundle with ONNX: every engine computes what torch recorded."""

import importlib.util

import numpy as np
import pytest

pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')
pytest.importorskip('pnnx')
pytest.importorskip('ncnn')
torch = pytest.importorskip('torch')
pytest.importorskip('mmpose.models')
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]

from test_export import FILES, MOVENET, files, livelier  # noqa: E402

from mmpose_lightkpt.deploy import (  # noqa: E402
    PosePipeline,
    export,
    open_bundle,
    preprocess,
)
from mmpose_lightkpt.deploy.export import export_ncnn  # noqa: E402
from mmpose_lightkpt.deploy.parity import (  # noqa: E402
    ParityCase,
    measure_parity,
)
from mmpose_lightkpt.deploy.runtimes.engines import ENGINES  # noqa: E402
from mmpose_lightkpt.deploy.source_model import (  # noqa: E402
    build_model,
    read_config,
)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'epoch_1.pth'
    model = livelier(build_model(read_config(MOVENET)))
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def bundle(tmp_path_factory, checkpoint):
    patch = pytest.MonkeyPatch()
    patch.setenv('LIGHTKPT_DATA', str(tmp_path_factory.mktemp('empty')))
    out = tmp_path_factory.mktemp('exported')
    export_ncnn(MOVENET, checkpoint, out, num_crops=5, onnx=True)
    patch.undo()
    return out


def test_the_bundle_has_one_file_more_and_the_spec_names_it(bundle):
    assert files(bundle) == sorted([*FILES, 'model.onnx'])
    spec = open_bundle(bundle)
    assert 'model.onnx' in spec.sha256
    assert {'onnx', 'onnxruntime'} <= set(spec.versions)
    with (bundle / 'model.onnx').open('ab') as file:
        file.write(b'x')
    with pytest.raises(ValueError, match='model.onnx.*SHA-256'):
        open_bundle(bundle)
    with (bundle / 'model.onnx').open('r+b') as file:
        file.truncate((bundle / 'model.onnx').stat().st_size - 1)
    open_bundle(bundle)


@pytest.mark.parametrize('name', ENGINES)
def test_every_engine_agrees_with_torch_and_with_ncnn(bundle, name):
    package = ENGINES[name].package
    if importlib.util.find_spec(package) is None:
        pytest.skip(f'{package} is not installed')
    pipeline = PosePipeline.from_bundle(bundle, runtime=name)
    case = ParityCase.load(bundle)
    result = measure_parity(pipeline, case)
    assert result.passed and result.shift_max < 0.05, str(result)
    assert max(result.max_error.values()) < 1e-4  # of raw outputs
    assert result.num_judged > 40  # of 85
    x = preprocess.to_input(case.crops[-1], pipeline.spec)
    reference = PosePipeline.from_bundle(bundle).forward(x)
    for ours, theirs in zip(pipeline.forward(x), reference):
        assert np.abs(theirs).max() > 0.02
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_an_onnx_file_that_computes_something_else_is_not_kept(
    tmp_path, checkpoint, monkeypatch
):
    def another(forward, input_size, path):
        with torch.no_grad():
            forward.model.head.offset[-1].bias.add_(0.5)  # in cells
        write(forward, input_size, path)

    write = export.write_onnx
    monkeypatch.setattr(export, 'write_onnx', another)
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path))
    out = tmp_path / 'out'
    with pytest.raises(ValueError, match='FAILS parity'):
        export_ncnn(MOVENET, checkpoint, out, num_crops=1, onnx=True)
    assert files(out) == []


def test_a_missing_onnxruntime_is_named_before_any_work(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match='pip install "onnxruntime"'):
        export_ncnn(MOVENET, None, tmp_path / 'out', onnx=True)
    assert not (tmp_path / 'out').exists()
