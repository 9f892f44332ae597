"""Google's Lightning here finds what its own graph finds in float."""

import os
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('ai_edge_litert')
if not os.environ.get('LIGHTKPT_DATA'):
    pytest.skip('LIGHTKPT_DATA is not set', allow_module_level=True)

import torch  # noqa: E402
from float_file import float_file  # noqa: E402
from float_graph import FloatGraph  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import DATASETS, MODELS  # noqa: E402

from mmpose_lightkpt import config_path  # noqa: E402
from mmpose_lightkpt.movenet_import.batch_norm import (  # noqa: E402
    calibrate_batch_norm,
)
from mmpose_lightkpt.movenet_import.command import (  # noqa: E402
    CONFIGS,
    import_movenet,
)
from mmpose_lightkpt.movenet_import.interpreter import (  # noqa: E402
    interpret,
)
from mmpose_lightkpt.movenet_import.tflite_file import (  # noqa: E402
    TFLiteFile,
)
from mmpose_lightkpt.movenet_import.weights import (  # noqa: E402
    load_convolutions,
)

pytestmark = pytest.mark.mmpose
PATH = (
    Path(os.environ['LIGHTKPT_DATA'])
    / 'movenet/movenet_singlepose_lightning_int8_v4.tflite'
)
SIDE, CELLS, NUM = 192, 48, 24


@pytest.fixture(scope='module')
def config():
    found = Config.fromfile(config_path(CONFIGS[32]))
    init_default_scope('mmpose')
    return found


@pytest.fixture(scope='module')
def batch(config):
    """Crops of validation persons from all over the file."""
    dataset = DATASETS.build(config.val_dataloader.dataset)
    chosen = np.linspace(0, len(dataset) - 1, NUM).astype(int)
    return pseudo_collate([dataset[int(index)] for index in chosen])


@pytest.fixture(scope='module')
def crops(batch):
    """(h, w, 3) uint8 BGR each."""
    return [image.permute(1, 2, 0).numpy() for image in batch['inputs']]


@pytest.fixture(scope='module')
def exact():
    """The decode's three maps without their rounding to 8 bits.

    By tensor number: a centre's weight, and the row and column of a cell.
    """
    rows, columns = np.mgrid[:CELLS, :CELLS].astype(float)
    weight = 1 / (np.hypot(rows - 24, columns - 24) + 1.8)
    maps = [one[..., None] for one in (weight, rows, columns)]
    graph = FloatGraph(PATH.read_bytes())
    numbers = [
        number
        for number, values in graph.constants.items()
        if values.shape == (CELLS, CELLS, 1)
    ]
    assert len(numbers) == 3
    for number, values in zip(numbers, maps):
        (scale,) = graph.graph.tensors[number].quantization.scale
        rounding = np.abs(graph.constants[number] - values).max()
        assert rounding <= 0.5 * scale * 1.001
    return dict(zip(numbers, maps))


@pytest.fixture(scope='module')
def straight(crops, exact):
    """(N, K, 3): x, y in px of the crop and score, of the graph in float."""
    graph = FloatGraph(PATH.read_bytes(), exact)
    found = np.stack([graph(crop[None, ..., ::-1])[0, 0] for crop in crops])
    return found[..., [1, 0, 2]] * (SIDE, SIDE, 1)


def imported(config):
    model = MODELS.build(config.model).eval()
    load_convolutions(model, TFLiteFile(PATH).convolutions())
    return model


def ours(model, batch):
    """(N, K, 3) by the model and its codec, as straight has them."""
    data = model.data_preprocessor(batch, False)
    with torch.no_grad():
        found = model.head.predict(
            model.extract_feat(data['inputs']), data['data_samples']
        )
    return np.stack(
        [np.c_[one.keypoints[0], one.keypoint_scores[0]] for one in found]
    )


def distances(one, other):
    return np.linalg.norm(one[..., :2] - other[..., :2], axis=-1)


def test_keypoints_are_those_of_a_straight_float_evaluation(
    config, batch, straight
):
    found = ours(imported(config), batch)
    same = distances(found, straight) < 0.1
    assert same.mean() >= 0.999
    np.testing.assert_allclose(
        found[same][:, 2], straight[same][:, 2], atol=1e-4
    )


def test_calibrated_batch_normalisations_change_no_keypoint(
    config, batch, straight
):
    model = imported(config)
    images = model.data_preprocessor(batch, False)['inputs']
    assert calibrate_batch_norm(model, images.split(8)) == NUM
    norm = model.backbone.conv1.norm
    assert (norm.running_var != 1).all()
    assert (distances(ours(model, batch), straight) < 0.1).mean() >= 0.999


def test_the_evaluation_is_that_of_googles_interpreter_in_float(
    crops, straight, exact, tmp_path
):
    """The same graph as a float32 file: two evaluations by other hands."""
    path = tmp_path / 'float32.tflite'
    path.write_bytes(float_file(PATH.read_bytes(), exact))
    theirs = interpret(path, crops)
    assert (distances(theirs, straight) < 0.01).mean() >= 0.999
    np.testing.assert_allclose(theirs[..., 2], straight[..., 2], atol=1e-3)


def test_a_float32_file_of_the_whole_graph_is_imported(
    config, exact, tmp_path
):
    path, out = tmp_path / 'float32.tflite', tmp_path / 'imported.pth'
    path.write_bytes(float_file(PATH.read_bytes(), exact))
    shifts = import_movenet(path, out, 0, 16, lambda line: None).shifts
    assert len(shifts) > 100
    assert (shifts < 0.1).mean() >= 0.999
    state = torch.load(out, weights_only=True)['state_dict']
    for name, value in imported(config).state_dict().items():
        torch.testing.assert_close(state[name], value, rtol=1e-6, atol=0)


def test_the_int8_file_is_as_far_from_the_float_graph_as_from_us(
    config, batch, crops, straight
):
    """So it is its rounding that is far, not the import."""
    theirs = interpret(PATH, crops)
    found = ours(imported(config), batch)
    sure = straight[..., 2] > 0.3
    from_us, from_float = (
        np.median(distances(theirs, one)[sure]) for one in (found, straight)
    )
    assert from_us == pytest.approx(from_float, abs=0.01)
    assert from_us < 2
