"""Integral regression's head computes in ncnn what it computes in torch."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('pnnx')
pytest.importorskip('ncnn')
torch = pytest.importorskip('torch')
pytest.importorskip('mmpose.models')
pytestmark = [pytest.mark.ncnn, pytest.mark.mmpose, pytest.mark.slow]

from mmpose_lightkpt.deploy import PosePipeline  # noqa: E402
from mmpose_lightkpt.deploy.complexity import read_layers  # noqa: E402
from mmpose_lightkpt.deploy.export import export_ncnn  # noqa: E402
from mmpose_lightkpt.deploy.parity import (  # noqa: E402
    ParityCase,
    measure_parity,
)
from mmpose_lightkpt.deploy.source_model import (  # noqa: E402
    build_model,
    read_config,
)

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
(BASE,) = CONFIGS.glob(
    'body_2d_keypoint/integral_regression/coco/'
    'ipr-dsnt-rle_shufflenetv2-0.75_*-256x192.py'
)
DOUBLED = 'num_upsamples=1, decoder=dict(heatmap_size=(24, 32))'
# Options of the head, its outputs in ncnn and the size of its maps.
BOTH = ('heatmap', 'sigma')
FORMS = dict(
    corrected=("debias='paper'", BOTH, (16, 12)),
    deployed=(f"score='peak', upsample='deconv', {DOUBLED}", BOTH[:1], 0),
    cosine=(
        f"upsample='pixel_shuffle', cosine_layer=True, {DOUBLED}",
        BOTH,
        (32, 24),
    ),
)


@pytest.fixture(scope='module', params=FORMS, ids=FORMS)
def exported(request, tmp_path_factory):
    """A head of one form behind a backbone, with clear peaks, exported."""
    options, outputs, size = FORMS[request.param]
    folder = tmp_path_factory.mktemp('integral')
    config = folder / 'changed.py'
    config.write_text(
        f'_base_ = [{str(BASE)!r}]\nmodel = dict(head=dict({options}))\n'
    )
    model = build_model(read_config(config))
    rng = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if 'running_mean' in name:
            tensor.normal_(0, 0.1, generator=rng)
        elif 'running_var' in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
        elif 'head.final' in name or 'cosine' in name or 'sigma' in name:
            tensor.normal_(0, 3, generator=rng)
    torch.save(dict(state_dict=model.state_dict()), folder / 'weights.pth')
    bundle = export_ncnn(
        config, folder / 'weights.pth', folder / 'bundle', num_crops=4
    )
    return bundle, outputs, size or (32, 24)


def test_the_maps_in_ncnn_are_torchs(exported):
    bundle, outputs, size = exported
    pipeline = PosePipeline.from_bundle(bundle, 1, 'fp32')
    assert pipeline.spec.outputs == outputs
    assert pipeline.spec.output_shapes[0] == (17, *size)
    case = ParityCase.load(bundle)
    spread = case.keypoints.std((0, 1)).min()
    assert spread > 0.3, 'there is nothing to compare'
    result = measure_parity(pipeline, case)
    assert result.passed and result.shift_max <= 0.05, str(result)
    for error, out in zip(result.max_error.values(), case.outputs):
        assert error <= 1e-4 * np.abs(out).max()


def test_softmax_and_mean_are_left_to_numpy(exported):
    kinds = {
        layer.type for layer in read_layers(exported[0] / 'model.ncnn.param')
    }
    assert 'Softmax' not in kinds and 'Sigmoid' not in kinds
    assert not any('.' in kind or '::' in kind for kind in kinds)
