"""Every ablation of the ladder builds, takes its start and trains."""

from functools import cache

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY, config_path, configs_index

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402

from mmpose_lightkpt.study import load_study  # noqa: E402
from mmpose_lightkpt.study.prepared import prepare  # noqa: E402

pytestmark = pytest.mark.mmpose
STUDY = load_study(configs_index._root() / 'studies' / 'ladder_lsp.py')
ABLATIONS = [run.name for run in STUDY.select(['ablations'])]
START = STUDY.run('ipr-dsnt-rle')


def merged(run):
    config = Config.fromfile(config_path(run.config))
    init_default_scope('mmpose')
    config.merge_from_dict(dict(prepare(run).options))
    return config


@cache
def start_weights():
    torch.manual_seed(0)
    return MODELS.build(merged(START).model).state_dict()


def batch(config, num=2):
    """Noise with one person each, encoded as the training encodes it."""
    pipeline = config.train_dataloader.dataset.pipeline
    (encode,) = [step for step in pipeline if step.type == 'GenerateTarget']
    codec = KEYPOINT_CODECS.build(encode.encoder)
    size, rng = np.array(codec.input_size), np.random.default_rng(0)
    samples = []
    for _ in range(num):
        points = rng.uniform(0.2, 0.8, (1, 14, 2)) * size
        data = dict(
            codec.encode(points, np.ones((1, 14))),
            field_mapping_table=codec.field_mapping_table,
            label_mapping_table=codec.label_mapping_table,
            img=rng.integers(0, 255, (*size[::-1], 3), np.uint8),
            input_size=codec.input_size,
        )
        samples.append(PackPoseInputs()(data))
    return pseudo_collate(samples)


@pytest.mark.parametrize('name', ABLATIONS)
def test_an_ablation_trains_from_the_weights_of_its_rung(name):
    """Only the layer that an ablation adds may be new."""
    run = STUDY.run(name)
    assert run.start_from == START.name
    config = merged(run)
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    missing, surplus = model.load_state_dict(start_weights(), strict=False)
    added = {
        'cosine-layer': {'cosine.linear.weight', 'cosine.linear.bias'},
    }.get(name, set())
    biased = name in ('cosine-layer', 'debias-mmpose', 'debias-paper')
    added |= {'final.bias'} if biased else set()
    assert set(missing) == {f'head.{key}' for key in added}
    assert all(name == 'no-rle' for key in surplus)
    data = model.data_preprocessor(batch(config), training=True)
    losses = model(**data, mode='loss')
    wanted = {'loss_l1'} if name == 'no-rle' else {'loss_rle'}
    assert {key for key in losses if 'loss' in key} == wanted | {'loss_dsnt'}
    total = sum(value for key, value in losses.items() if 'loss' in key)
    assert torch.isfinite(total)
    total.backward()
    for key, weight in model.named_parameters():
        assert torch.isfinite(weight.grad).all(), key
