"""Each form of SimCC's head computes in ncnn what it computes in torch."""

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
    'body_2d_keypoint/simcc/coco/simcc_shufflenetv2-0.75_*-256x192.py'
)
FORMS = dict(
    plain='',
    deconv="upsample='deconv', num_upsamples=1, upsample_groups=48",
    shuffle="upsample='pixel_shuffle', num_upsamples=1, upsample_groups=48",
    attention='kernel_size=7, gau=dict(hidden_dims=64, s=32)',
)


@pytest.fixture(scope='module', params=FORMS.values(), ids=FORMS)
def bundle(request, tmp_path_factory):
    """A head of one form behind a backbone, with clear peaks, exported."""
    folder = tmp_path_factory.mktemp('simcc')
    config = folder / 'changed.py'
    config.write_text(
        f'_base_ = [{str(BASE)!r}]\nmodel = dict(head=dict({request.param}))\n'
    )
    model = build_model(read_config(config))
    rng = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if 'running_mean' in name:
            tensor.normal_(0, 0.1, generator=rng)
        elif 'running_var' in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
        elif 'final_layer' in name or 'cls_' in name or '.o.' in name:
            tensor.normal_(0, 0.3, generator=rng)
    torch.save(dict(state_dict=model.state_dict()), folder / 'weights.pth')
    return export_ncnn(
        config, folder / 'weights.pth', folder / 'bundle', num_crops=4
    )


def test_the_bins_in_ncnn_are_torchs(bundle):
    pipeline = PosePipeline.from_bundle(bundle, 1, 'fp32')
    assert pipeline.spec.outputs == ('x_bins', 'y_bins')
    assert pipeline.spec.output_shapes == ((17, 384), (17, 512))
    case = ParityCase.load(bundle)
    largest = [np.abs(out).max() for out in case.outputs]
    assert min(largest) > 1, 'there is nothing to compare'
    result = measure_parity(pipeline, case)
    assert result.passed and result.shift_max <= 0.05, str(result)
    for error, size in zip(result.max_error.values(), largest):
        assert error <= 1e-4 * size


def test_softmax_and_argmax_are_left_to_numpy(bundle):
    kinds = {layer.type for layer in read_layers(bundle / 'model.ncnn.param')}
    assert not kinds & {'Softmax', 'ArgMax', 'Einsum'}
    assert not any('.' in kind or '::' in kind for kind in kinds)
