"""Weights without training still have to see."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch')
pytest.importorskip('mmpose.models')
pytestmark = pytest.mark.mmpose

from mmpose_lightkpt.deploy import decoders  # noqa: E402
from mmpose_lightkpt.deploy.export import record_case  # noqa: E402
from mmpose_lightkpt.deploy.source_model import (  # noqa: E402
    build_model,
    describe_model,
    read_config,
    sample_crops,
)
from mmpose_lightkpt.deploy.untrained import enliven  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / 'configs/body_2d_keypoint'
METHODS = dict(
    movenet='movenet/toy/movenet_shufflenetv2-0.75_1xb8*',
    simcc='simcc/coco/simcc_shufflenetv2*',
    ipr='integral_regression/coco/ipr-dsnt-rle_shufflenetv2*',
    heatmap='heatmap/coco/heatmap-3x144g16*',
    deeppose='regression/coco/deeppose*',
    rtmpose='simcc/coco/rtmpose_cspnext-tiny*',
)


def answers(pattern, monkeypatch, tmp_path, lively=True):
    """Model, what describes it, and its parity case on drawn patterns."""
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path))
    (path,) = CONFIGS.glob(f'{pattern}.py')
    cfg = read_config(path)
    model = build_model(cfg)
    fields = describe_model(cfg, model)
    if lively:
        enliven(model, sample_crops(cfg, fields['input_size'], 4)[0])
    return model, fields, record_case(cfg, model, fields, 6)[0]


@pytest.mark.parametrize('pattern', METHODS.values(), ids=METHODS)
def test_keypoints_depend_on_the_picture(pattern, monkeypatch, tmp_path):
    _, fields, case = answers(pattern, monkeypatch, tmp_path)
    assert case.keypoints.std(0).mean() > 1
    inside = np.abs(case.keypoints) < 2 * max(fields['input_size'])
    assert inside.all() and np.isfinite(case.keypoints).all()


def test_as_initialised_they_do_not(monkeypatch, tmp_path):
    _, _, case = answers(METHODS['ipr'], monkeypatch, tmp_path, lively=False)
    assert case.keypoints.std(0).mean() < 0.01


def test_an_error_of_the_input_stays_what_it_is(monkeypatch, tmp_path):
    """One part in 500, as bf16 rounds, is no more than a px at the end."""
    model, fields, case = answers(METHODS['ipr'], monkeypatch, tmp_path)
    image = torch.from_numpy(case.crops[0].transpose(2, 0, 1).copy())
    data = model.data_preprocessor(dict(inputs=[image], data_samples=[]))
    x = torch.stack(list(data['inputs']))
    rng = torch.Generator().manual_seed(3)
    noise = torch.rand(x.shape, generator=rng) - 0.5
    points = []
    for image in (x, x * (1 + noise / 250)):
        out = model(image, None, mode='tensor')
        points.append(
            decoders.decode(fields['decoder'], [o.numpy() for o in out])[0]
        )
    assert 0 < np.abs(points[0] - points[1]).max() < 1


def test_the_same_seed_gives_the_same_weights(monkeypatch, tmp_path):
    first, _, _ = answers(METHODS['deeppose'], monkeypatch, tmp_path)
    again, _, _ = answers(METHODS['deeppose'], monkeypatch, tmp_path)
    for name, value in first.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
