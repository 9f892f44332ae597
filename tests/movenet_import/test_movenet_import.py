"""A MoveNet written as a TFLite file comes back as it was."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('ai_edge_litert')

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from write_tflite import write_tflite  # noqa: E402

from mmpose_lightkpt import config_path  # noqa: E402
from mmpose_lightkpt.movenet_import.batch_norm import (  # noqa: E402
    calibrate_batch_norm,
)
from mmpose_lightkpt.movenet_import.command import (  # noqa: E402
    CONFIGS,
    import_movenet,
)
from mmpose_lightkpt.movenet_import.tflite_file import (  # noqa: E402
    TFLiteFile,
)
from mmpose_lightkpt.movenet_import.weights import (  # noqa: E402
    load_convolutions,
)

pytestmark = pytest.mark.mmpose
ROOT = Path(__file__).resolve().parents[2]
LIGHTNING, THUNDER = CONFIGS.values()
GOOGLES = 'movenet/movenet_singlepose_lightning_int8_v4.tflite'


def build(name, seed):
    config = Config.fromfile(config_path(name))
    init_default_scope('mmpose')
    torch.manual_seed(seed)
    model = MODELS.build(config.model).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.normal_(module.bias, std=0.1)
    return model


def images(num=2, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(
        rng.normal(size=(num, 3, 64, 96)).astype(np.float32)
    )


def outputs(model):
    with torch.no_grad():
        return model(images(), None)


@pytest.fixture(scope='module')
def lightning():
    return build(LIGHTNING, seed=0)


@pytest.fixture
def written(lightning, tmp_path):
    def write(kind='float32', model=lightning):
        path = tmp_path / f'{kind}.tflite'
        path.write_bytes(write_tflite(model, kind))
        return path

    return write


def load(path, name=LIGHTNING):
    model = build(name, seed=1)
    load_convolutions(model, TFLiteFile(path).convolutions())
    return model


def test_a_float32_file_gives_the_same_network(written, lightning):
    for got, want in zip(outputs(load(written())), outputs(lightning)):
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    'kind, step', [('float16', 2**-11), ('int8', 1 / 254)]
)
def test_other_kinds_are_off_by_their_rounding(written, lightning, kind, step):
    """Each weight by half a step of its number, or of its channel's scale."""
    exact = TFLiteFile(written()).convolutions()
    rounded = TFLiteFile(written(kind)).convolutions()
    assert [one.name for one in exact] == [one.name for one in rounded]
    for want, got in zip(exact, rounded):
        # float16 has no less than 2 ** -25 between two numbers near 0
        scale = np.abs(want.weight).max((1, 2, 3), keepdims=True)
        limit = step * scale * 1.001 + 2**-25
        assert (np.abs(got.weight - want.weight) <= limit).all()


def test_thunder_is_read_as_well(written):
    thunder = build(THUNDER, seed=0)
    got = outputs(load(written(model=thunder), THUNDER))
    for one, want in zip(got, outputs(thunder)):
        torch.testing.assert_close(one, want, rtol=1e-4, atol=1e-5)


def test_calibration_changes_no_answer_and_leaves_real_statistics(lightning):
    model = build(LIGHTNING, seed=0)
    norm = model.neck.convs[0][1].norm
    seen = []
    norm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    batches = [images(2, 3), images(4, 4)]
    assert calibrate_batch_norm(model, batches) == 6
    for got, want in zip(outputs(model), outputs(lightning)):
        torch.testing.assert_close(got, want, rtol=1e-3, atol=1e-4)
    joined = torch.cat(seen[:2])
    torch.testing.assert_close(norm.running_mean, joined.mean((0, 2, 3)))
    torch.testing.assert_close(
        norm.running_var, joined.var((0, 2, 3), unbiased=False)
    )


def test_without_an_image_nothing_is_calibrated(lightning):
    with pytest.raises(ValueError, match='no image'):
        calibrate_batch_norm(lightning, [])


def test_another_networks_file_is_named(written, lightning):
    with pytest.raises(ValueError, match='another MoveNet'):
        load(written(), THUNDER)


def test_a_graph_that_is_no_movenet_is_named(written, tmp_path):
    with pytest.raises(ValueError, match='32 .Lightning. or 56 .Thunder.'):
        import_movenet(empty(tmp_path), tmp_path / 'x.pth', 0, 0)


def empty(folder):
    from write_tflite import Writer

    path = folder / 'empty.tflite'
    path.write_bytes(Writer('float32').bytes())
    return path


@pytest.mark.parametrize('share', [0.001, 0.5, 0.99])
def test_a_truncated_file_is_named(written, share):
    path = written()
    content = path.read_bytes()
    path.write_bytes(content[: max(8, int(share * len(content)))])
    with pytest.raises(ValueError, match='float32.tflite is truncated'):
        TFLiteFile(path).convolutions()


def test_what_is_no_tflite_is_named(tmp_path):
    path = tmp_path / 'picture.tflite'
    path.write_bytes(b'\x89PNG\r\n\x1a\n' * 9)
    with pytest.raises(ValueError, match='no TFLite file'):
        TFLiteFile(path)


def test_an_unknown_quantisation_is_named(lightning, tmp_path):
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(write_tflite(lightning, 'int8'))
    import flatbuffers

    tensor = next(
        t for t in model.subgraphs[0].tensors if t.quantization is not None
    )
    tensor.quantization.scale = tensor.quantization.scale[:5]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b'TFL3')
    path = tmp_path / 'odd.tflite'
    path.write_bytes(bytes(builder.Output()))
    with pytest.raises(ValueError, match='5 scales'):
        TFLiteFile(path).convolutions()


def test_the_command_writes_what_the_config_loads(written, tmp_path):
    out = tmp_path / 'imported.pth'
    words = [sys.executable, '-W', 'ignore', ROOT / 'tools/import_movenet.py']
    done = subprocess.run(
        [*words, written(), '--out', out, '--no-data'],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    assert done.returncode == 0, done.stderr
    assert f'{LIGHTNING}.py' in done.stdout
    state = torch.load(out, weights_only=True)['state_dict']
    build(LIGHTNING, 2).load_state_dict(state)


@pytest.mark.skipif(
    not os.environ.get('LIGHTKPT_DATA'), reason='LIGHTKPT_DATA is not set'
)
def test_googles_file_has_the_documented_size():
    path = Path(os.environ['LIGHTKPT_DATA']) / GOOGLES
    found = TFLiteFile(path).convolutions()
    assert len(found) == 74
    assert sum(c.weight.size + c.bias.size for c in found) == 2_318_190
    model = load(path)
    assert model.head.center[2].bias.item() == pytest.approx(
        float(found[64].bias[0])
    )
