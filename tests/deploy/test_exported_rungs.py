"""MMPose's own heads, RLE's and a bare backbone in ncnn and in torch."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('pnnx')
pytest.importorskip('ncnn')
torch = pytest.importorskip('torch')
pytest.importorskip('mmpose.models')
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]

from mmpose_lightkpt.deploy import PosePipeline  # noqa: E402
from mmpose_lightkpt.deploy.export import export_ncnn  # noqa: E402
from mmpose_lightkpt.deploy.parity import (  # noqa: E402
    ParityCase,
    measure_parity,
)
from mmpose_lightkpt.deploy.source_model import (  # noqa: E402
    build_model,
    read_config,
)

CONFIGS = Path(__file__).resolve().parents[2] / 'configs/body_2d_keypoint'
# torchvision's MobileNetV3-small has 2,542,856 parameters, with a classifier
# (576 to 1024 to 1000) and a 1x1 convolution (96 to 576) that are not built.
CLASSIFIER = 577 * 1024 + 1025 * 1000
BACKBONE = 2542856 - CLASSIFIER - (96 * 576 + 2 * 576)
LINEAR = 96 + 1
# Config, its outputs, its parameters where they are derived here.
RUNGS = dict(
    deeppose=('deeppose_mob', [(17, 2)], BACKBONE + LINEAR * 17 * 2),
    # Without the flow, which only the loss needs.
    rle=('rle_mob', [(17, 4)], BACKBONE + LINEAR * 17 * 4),
    heatmap=('heatmap-3x144g16_mob', [(17, 64, 48)], None),
    rtmpose=('rtmpose_cspnext-tiny', [(17, 384), (17, 512)], None),
)


def lively(config, path):
    """Weights with which the answers differ from crop to crop."""
    model = build_model(read_config(config))
    rng = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if 'running_mean' in name:
            tensor.normal_(0, 0.1, generator=rng)
        elif 'running_var' in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
        elif name.startswith(('head.f', 'head.cls')):
            tensor.normal_(0, 0.3, generator=rng)
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


def find(name):
    (config,) = CONFIGS.glob(f'*/coco/{name}*-256x192.py')
    return config


@pytest.mark.parametrize('name, shapes, params', RUNGS.values(), ids=RUNGS)
def test_the_answers_in_ncnn_are_torchs(tmp_path, name, shapes, params):
    weights = lively(find(name), tmp_path / 'weights.pth')
    bundle = export_ncnn(find(name), weights, tmp_path / 'b', num_crops=4)
    pipeline = PosePipeline.from_bundle(bundle, 1, 'fp32')
    assert list(pipeline.spec.output_shapes) == shapes
    assert params in (None, pipeline.spec.params)
    case = ParityCase.load(bundle)
    assert case.keypoints.std((0, 1)).min() > 0.3, 'nothing to compare'
    result = measure_parity(pipeline, case)
    assert result.passed, str(result)
    # A few of random maps have nearly equal neighbours: there a sign decides,
    # which way depends on the processor, and neither way is wrong.
    assert result.num_judged >= 48
    for error, out in zip(result.max_error.values(), case.outputs):
        assert error <= 1e-4 * np.abs(out).max()


def test_a_bare_backbone_runs_beside_its_rungs(tmp_path):
    config = find('rle_mob')
    weights = lively(config, tmp_path / 'weights.pth')
    bundle = export_ncnn(
        config, weights, tmp_path / 'b', num_crops=2, backbone_only=True
    )
    pipeline = PosePipeline.from_bundle(bundle, 1, 'fp32')
    spec = pipeline.spec
    assert spec.name == f'{config.stem}_backbone'
    assert spec.params == BACKBONE
    assert spec.output_shapes == ((96, 8, 6),)
    result = measure_parity(pipeline, ParityCase.load(bundle))
    assert result.passed and result.num_judged == 0, str(result)
    keypoints, scores = pipeline(np.zeros((64, 48, 3), np.uint8))
    assert keypoints.shape[-2:] == (17, 2) and not scores.any()
