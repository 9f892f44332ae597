"""A MoveNet of several people, from its config to drawn photographs."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

for module in ('mmpose', 'pnnx', 'ncnn', 'cv2'):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f'needs {module}', allow_module_level=True)

pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs' / 'body_2d_keypoint' / 'movenet' / 'coco'


@pytest.fixture(scope='module')
def config():
    (path,) = CONFIGS.glob('movenet-multi_mobilenetv2_*-256x256.py')
    return path


@pytest.fixture(scope='module')
def checkpoint(config, tmp_path_factory):
    """Random weights whose centres stand out here and there, none at 1.0.

    Scores that a sigmoid saturates are equal, and who is among six is chance.
    """
    import torch

    from mmpose_lightkpt.deploy.source_model import build_model, read_config

    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    model = build_model(read_config(config), seed=3)
    for branch in (model.head.center, model.head.heatmap):
        torch.nn.init.normal_(branch[-1].weight, std=0.5)
    model.head.box_size[-1].bias.fill_(40.0)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture(scope='module')
def bundle(config, checkpoint, tmp_path_factory):
    from mmpose_lightkpt.deploy.export_worker import export_in_child

    return export_in_child(config, checkpoint, tmp_path_factory.mktemp('out'))


@pytest.fixture(scope='module')
def image():
    """Smooth shapes, square: random weights like the edge of a padding."""
    y, x = np.mgrid[:211, :211] / 10
    waves = [np.sin(x) * np.cos(y), np.cos(x + y), np.sin(x * y / 9)]
    return ((np.stack(waves, -1) + 1) * 127).astype(np.uint8)


def test_the_spec_says_whole_images_and_six_outputs(bundle):
    from mmpose_lightkpt.deploy import ModelSpec

    spec = ModelSpec.load(bundle)
    assert spec.padding == 1.0 and spec.input_size == (256, 256)
    assert spec.decoder['type'] == 'movenet_multi'
    assert spec.outputs[-2:] == ('box_offset', 'box_size')
    assert spec.output_shapes[-2:] == ((2, 64, 64),) * 2


def test_ncnn_finds_the_people_that_torch_finds(bundle):
    from mmpose_lightkpt.deploy import PosePipeline
    from mmpose_lightkpt.deploy.parity import measure_parity
    from mmpose_lightkpt.deploy.parity_case import ParityCase

    case = ParityCase.load(bundle)
    result = measure_parity(PosePipeline.from_bundle(bundle), case)
    assert result.passed and result.num_judged + result.num_close > 17


def test_a_checkpoint_and_its_bundle_find_the_same_people(
    config, checkpoint, bundle, image
):
    from mmpose_lightkpt.estimators import (
        bundle_estimator,
        checkpoint_estimator,
    )

    ours = bundle_estimator(bundle).estimate(image, None)
    theirs = checkpoint_estimator(config, checkpoint).estimate(image, None)
    assert len(ours) == len(theirs) > 1
    shifts = [
        np.linalg.norm(points - other, axis=-1)
        for (points, _), (other, _) in zip(ours, theirs)
    ]
    assert (np.array(shifts) < 0.1).mean() > 0.8


def test_the_demo_draws_everybody_and_wants_no_boxes(
    bundle, image, tmp_path, capsys
):
    from mmpose_lightkpt import demo
    from mmpose_lightkpt.deploy.image_file import read_image, write_image

    write_image(tmp_path / 'group.png', image)
    words = [str(tmp_path / 'group.png'), '--model', str(bundle)]
    words += ['--out', str(tmp_path / 'out'), '--score-thr', '0']
    assert demo.main(words) == 0
    drawn = read_image(tmp_path / 'out' / 'group_pose.png')
    found = demo.bundle_estimator(str(bundle), 2).estimate(image, None)
    assert len(found) > 1
    changed = (drawn != image).any(-1)
    for points, _ in found:
        x, y = np.rint(points).astype(int).T
        inside = (x >= 0) & (x < 211) & (y >= 0) & (y < 211)
        assert inside.any() and changed[y[inside], x[inside]].all()
    assert demo.main([*words, '--boxes', '1,2,30,40']) == 1
    assert 'give it no boxes' in capsys.readouterr().err
