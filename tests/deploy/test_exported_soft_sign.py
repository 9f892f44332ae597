"""MoveNet with the article's sigmoid computes in ncnn what torch does."""

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

CONFIGS = Path(__file__).resolve().parents[2] / 'configs/body_2d_keypoint'
(BASE,) = CONFIGS.glob('movenet/coco/movenet-article_*-128x128.py')


@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    """The article's model with clear peaks, exported."""
    folder = tmp_path_factory.mktemp('soft_sign')
    config = folder / 'changed.py'
    config.write_text(
        f'_base_ = [{str(BASE)!r}]\nmodel = dict(head=dict(soft_sign=True))\n'
    )
    model = build_model(read_config(config))
    rng = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if 'running_mean' in name:
            tensor.normal_(0, 0.1, generator=rng)
        elif 'running_var' in name:
            tensor.uniform_(0.5, 1.5, generator=rng)
        elif 'head' in name and name.endswith('2.weight'):
            tensor.normal_(0, 1, generator=rng)
    torch.save(dict(state_dict=model.state_dict()), folder / 'weights.pth')
    return export_ncnn(
        config, folder / 'weights.pth', folder / 'bundle', num_crops=4
    )


def test_the_maps_in_ncnn_are_torchs(bundle):
    pipeline = PosePipeline.from_bundle(bundle, 1, 'fp32')
    case = ParityCase.load(bundle)
    assert case.keypoints.std((0, 1)).min() > 5, 'there is nothing to compare'
    result = measure_parity(pipeline, case)
    assert result.passed and result.shift_max <= 0.05, str(result)
    for error, out in zip(result.max_error.values(), case.outputs):
        assert error <= 1e-4 * np.abs(out).max()


def test_the_sigmoid_is_in_the_graph_and_is_the_articles(bundle):
    """As absolute value and division: no exponential is left."""
    kinds = [layer.type for layer in read_layers(bundle / 'model.ncnn.param')]
    assert 'Sigmoid' not in kinds and 'Softmax' not in kinds
    assert not any('.' in kind or '::' in kind for kind in kinds)
    assert 'UnaryOp' in kinds and 'BinaryOp' in kinds
    center, heatmap = ParityCase.load(bundle).outputs[:2]
    for maps in (center, heatmap):
        assert maps.min() > 0 and maps.max() < 1
