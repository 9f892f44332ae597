"""Every run of the recipe's study changes one thing, and trains with it."""

from functools import cache

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY, config_path, configs_index

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.optim import build_optim_wrapper  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import DATASETS, MODELS  # noqa: E402

from mmpose_lightkpt.datasets.seeding import SampleKey  # noqa: E402
from mmpose_lightkpt.study import load_study  # noqa: E402
from mmpose_lightkpt.study.prepared import prepare  # noqa: E402

pytestmark = pytest.mark.mmpose
STUDY = load_study(configs_index._root() / 'studies/movenet_recipe_coco.py')
CHANGES = [run.name for run in STUDY.select(['ablations'])]
BACKBONES = {
    'shufflenetv2-1.0': 'LightShuffleNetV2',
    'mobilenetv3-small': 'LightMobileNetV3',
    'mobilenetv2': 'MobileNetV2',
}
TARGETS = ('center_heatmaps', 'heatmaps', 'regression_weights')
TARGETS += ('offset_weights',)
# Which targets a change of the codec changes.
CHANGED = {
    'center-keypoints': {'center_heatmaps', 'regression_weights'},
    'kernel-gaussian': {'center_heatmaps', 'heatmaps'},
    'kernel-fixed': {'center_heatmaps', 'heatmaps'},
    'dense-regression': {'regression_weights'},
    'dense-offset': {'offset_weights'},
    'official-targets': set(TARGETS),
}


@pytest.fixture
def batch_of(draw_people, tmp_path, monkeypatch):
    """Return a function that runs the training's pipeline on drawn people."""
    people = draw_people([2, 1, 2], size=(160, 120))
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'coco_person').symlink_to(people)
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path / 'data'))

    def batch_of(name, epoch=0):
        dataset = DATASETS.build(merged(name).train_dataloader.dataset)
        return [dataset[SampleKey(0, epoch, i)] for i in range(len(dataset))]

    return batch_of


def merged(name):
    run = STUDY.run(name)
    config = Config.fromfile(config_path(run.config))
    init_default_scope('mmpose')
    config.merge_from_dict(dict(prepare(run).options))
    return config


@cache
def settings(name):
    return prepare(STUDY.run(name)).training


def paths(one, other, path=''):
    """Where two nested settings differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            yield from paths(
                one.get(key), other.get(key), f'{path}.{key}'.strip('.')
            )
    elif isinstance(one, list) and len(one) == len(other or ()):
        for number, pair in enumerate(zip(one, other)):
            yield from paths(*pair, f'{path}.{number}')
    elif one != other:
        yield path


def gt(samples, field):
    values = [s['data_samples'].gt_fields.get(field) for s in samples]
    return torch.stack(values)


@pytest.mark.parametrize('name', CHANGES)
def test_a_change_is_of_one_part_and_of_the_same_budget(name):
    run = STUDY.run(name)
    assert run.like == 'article' and run.start_from is None
    parts = {
        path.split('.')[0] + '.' + path.split('.')[1]
        for path in paths(settings('article'), settings(name))
    }
    wanted = {
        **dict.fromkeys(CHANGED, {'model.head', 'train_dataloader.dataset'}),
        **dict.fromkeys(BACKBONES, {'model.backbone', 'model.neck'}),
        'learned-weights': {'model.head', 'optim_wrapper.paramwise_cfg'},
    }
    augmented = name.startswith(('drop-', 'scale-'))
    usual = {'train_dataloader.dataset'} if augmented else {'model.head'}
    assert parts == wanted.get(name, usual)


@pytest.mark.parametrize('name', CHANGES)
def test_a_change_builds_and_trains(name, batch_of):
    config = merged(name)
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    model.init_weights()
    if name in BACKBONES:
        assert type(model.backbone).__name__ == BACKBONES[name]
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    losses = model.train_step(pseudo_collate(batch_of(name)), wrapper)
    assert all(torch.isfinite(value).all() for value in losses.values())
    assert ('loss_bone' in losses) == (name == 'bone')
    for key, value in model.named_parameters():
        if value.dim() > 1 or 'log_vars' in key:
            assert not torch.equal(value, before[key]), key


@pytest.mark.parametrize('name', CHANGED)
def test_a_change_of_the_codec_changes_these_targets_alone(name, batch_of):
    one, two = batch_of('article'), batch_of(name)
    changed = {f for f in TARGETS if not torch.equal(gt(one, f), gt(two, f))}
    assert changed == CHANGED[name]


@pytest.mark.parametrize(
    'name', [name for name in CHANGES if name.startswith(('drop', 'scale'))]
)
def test_a_change_of_the_pictures_leaves_the_rest(name, batch_of):
    """Patches move no label; a crop of another size moves them all."""
    different, moved = [], []
    for epoch in range(6):
        for one, two in zip(batch_of('article', epoch), batch_of(name, epoch)):
            pair = one['data_samples'], two['data_samples']
            scales = [sample.metainfo['input_scale'] for sample in pair]
            different.append(not torch.equal(one['inputs'], two['inputs']))
            moved.append(not np.allclose(*scales))
    share = 0.588 if name == 'scale-aware-crop' else 0.3
    assert np.mean(different) == pytest.approx(share, abs=0.3)
    assert np.mean(different) > 0
    assert any(moved) == (name == 'scale-aware-crop')
