"""A checkpoint and the bundle made from it are one model."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

for module in ('mmpose', 'pnnx', 'ncnn'):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f'needs {module}', allow_module_level=True)

pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]
CONFIGS = Path(__file__).parents[1] / 'configs' / 'body_2d_keypoint'
BOXES = [(13.0, 17.0, 113.0, 151.0), (67.0, 5.0, 205.0, 97.0)]


@pytest.fixture(scope='module')
def config():
    pattern = 'movenet/coco/movenet_shufflenetv2-0.75_*-192x192.py'
    (path,) = CONFIGS.glob(pattern)
    return path


@pytest.fixture(scope='module')
def checkpoint(config, tmp_path_factory):
    """Weights of a random model."""
    import torch

    from mmpose_lightkpt.deploy.source_model import build_model, read_config

    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    model = build_model(read_config(config), seed=3)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def image():
    """Smooth shapes, (H, W) = (157, 211)."""
    y, x = np.mgrid[:157, :211] / 10
    waves = [np.sin(x) * np.cos(y), np.cos(x + y), np.sin(x * y / 9)]
    return ((np.stack(waves, -1) + 1) * 127).astype(np.uint8)


@pytest.fixture(scope='module')
def bundle(config, checkpoint, tmp_path_factory):
    from mmpose_lightkpt.deploy.export_worker import export_in_child

    return export_in_child(config, checkpoint, tmp_path_factory.mktemp('out'))


@pytest.mark.parametrize('boxes', [None, BOXES[:1], BOXES])
def test_a_checkpoint_and_its_bundle_give_the_same_skeletons(
    config, checkpoint, image, bundle, boxes
):
    from mmpose_lightkpt.estimators import (
        bundle_estimator,
        checkpoint_estimator,
    )

    torch_model = checkpoint_estimator(config, checkpoint)
    ncnn_model = bundle_estimator(bundle)
    assert list(torch_model.names) == list(ncnn_model.names)
    assert [tuple(link) for link in torch_model.links] == [
        tuple(link) for link in ncnn_model.links
    ]
    # without boxes the bundle would look for the person
    whole = [(0, 0, *image.shape[1::-1])]
    ours = ncnn_model.estimate(image, boxes or whole)
    theirs = torch_model.estimate(image, boxes)
    assert len(ours) == len(theirs) == len(boxes or [None])
    for (points, scores), (other, other_scores) in zip(ours, theirs):
        np.testing.assert_allclose(scores, other_scores, atol=1e-3)
        # An argmax between equal scores may fall either way: nearly all.
        shift = np.linalg.norm(points - other, axis=-1)
        assert (shift < 0.1).mean() > 0.8


@pytest.mark.parametrize('change', ['missing', 'renamed', 'cut'])
def test_weights_that_do_not_fit_are_refused_by_their_name(
    config, checkpoint, tmp_path, change
):
    import torch

    from mmpose_lightkpt.estimators import checkpoint_estimator

    path = tmp_path / 'other.pth'
    if change == 'renamed':
        state = torch.load(checkpoint)['state_dict']
        renamed = {f'x.{key}': value for key, value in state.items()}
        torch.save(dict(state_dict=renamed), path)
    elif change == 'cut':
        path.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises((ValueError, FileNotFoundError), match='other.pth'):
        checkpoint_estimator(config, path)
