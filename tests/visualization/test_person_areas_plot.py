"""A config's crops measured, and better ones proposed that are better."""

import json
import shutil

import pytest

from mmpose_lightkpt import MMPOSE_READY, config_path

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('matplotlib')

from mmengine.config import Config  # noqa: E402

from mmpose_lightkpt.datasets.person_areas import (  # noqa: E402
    person_areas,
    with_scale_aware_crop,
)
from mmpose_lightkpt.visualization import person_areas_plot  # noqa: E402

pytestmark = pytest.mark.mmpose
CONFIG = 'movenet_shufflenetv2-0.75_1xb32-28e_coco-192x192'


@pytest.fixture
def config(draw_people, tmp_path, monkeypatch):
    """One of ours on 60 drawn people in 40 pictures, which are not read."""
    people = draw_people([2, 1] * 20)
    shutil.rmtree(people / 'images')
    names = people / 'annotations'
    shutil.copy(names / 'train.json', names / 'val.json')
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'coco_person').symlink_to(people)
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path / 'data'))
    return config_path(CONFIG)


def test_validations_crops_are_those_of_the_box(config):
    """The drawn boxes are hulls of all joints, and the crop a square of 1.25
    times the longer side: the area is w h / (1.25 max(w, h))^2."""
    loaded = Config.fromfile(config)
    pipeline = loaded.val_dataloader.dataset.pipeline
    areas = person_areas(loaded, pipeline, 'val')
    root = loaded.val_dataloader.dataset.data_root
    with open(root + 'annotations/val.json') as file:
        boxes = [a['bbox'][2:] for a in json.load(file)['annotations']]
    want = [w * h / (1.25 * max(w, h)) ** 2 for w, h in boxes]
    assert sorted(areas) == pytest.approx(sorted(want), rel=1e-3)


def test_the_proposal_brings_the_crops_nearer_to_the_target(config, tmp_path):
    out = tmp_path / 'areas.png'
    record = person_areas_plot(config, out, target=(0.05, 0.2, 0.4))
    assert out.read_bytes()[:4] == b'\x89PNG'
    assert json.loads((tmp_path / 'areas.json').read_text())['kind']
    assert record['persons'] == 60
    for shares in record['shares'].values():
        assert sum(shares) == pytest.approx(1, abs=1e-3)
    distance = record['distance']
    assert distance['after'] < distance['before'] / 2
    settings = record['settings']
    loaded = Config.fromfile(config)
    pipeline = loaded.train_dataloader.dataset.pipeline
    steps = with_scale_aware_crop(pipeline, settings)
    assert [s['type'] for s in steps[-2:]] == [
        'ScaleAwareCrop',
        'TopdownAffine',
    ]


def test_crops_like_those_of_a_validation(config, tmp_path):
    """Of the same pictures without augmentation: hardly anything to do."""
    record = person_areas_plot(config, tmp_path / 'a.png', like=config)
    assert record['quantiles'].keys() == {'before', 'target', 'after'}
    assert record['distance']['after'] <= record['distance']['before']


def test_without_a_target_the_crops_are_only_measured(config, tmp_path):
    record = person_areas_plot(config, tmp_path / 'a.png')
    assert record['settings'] is None and 'distance' not in record
    assert set(record['shares']) == {'before'}


@pytest.mark.parametrize(
    'wrong, words',
    [
        (dict(target=(0.3, 0.2, 0.1)), 'must increase'),
        (dict(target=(0.1, 0.2, 0.3), like='x.py'), 'one of target and like'),
        (dict(out='areas.jpg'), 'must end in .png'),
    ],
)
def test_what_cannot_be_is_named(wrong, words, config, tmp_path):
    given = dict(out=tmp_path / 'a.png')
    with pytest.raises(ValueError, match=words):
        person_areas_plot(config, **dict(given, **wrong))
