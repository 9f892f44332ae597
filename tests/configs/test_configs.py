"""Every config that a user can train from: it loads, builds and runs."""

import json
import os
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.optim import OptimWrapper  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.apis import (  # noqa: E402
    MMPoseInferencer,
    inference_bottomup,
    inference_topdown,
    init_model,
)
from mmpose.datasets.transforms import PackPoseInputs  # noqa: E402
from mmpose.registry import DATASETS, KEYPOINT_CODECS, MODELS  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402

from mmpose_lightkpt.datasets.toy_people import make_toy_people  # noqa: E402

pytestmark = pytest.mark.mmpose
CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
LEAVES = sorted(CONFIGS.glob('body_2d_keypoint/**/*.py'))
NAME = re.compile(
    r'(?P<method>[a-z0-9-]+)_(?P<backbone>[a-z0-9.-]+)_(?P<gpus>\d+)xb'
    r'(?P<batch>\d+)-(?P<epochs>\d+)e_(?P<data>[a-z-]+)-(?P<h>\d+)x(?P<w>\d+)'
)
BACKBONES = {
    'cspnext-tiny': dict(type='CSPNeXt', widen_factor=0.375),
    'cspnext-s': dict(type='CSPNeXt', widen_factor=0.5),
    'mobilenetv3-small': dict(type='LightMobileNetV3', arch='small'),
    'mobilenetv2-1.75': dict(type='LightMobileNetV2', widen_factor=1.75),
    'mobilenetv2': dict(type='MobileNetV2', widen_factor=1.0),
    'mobilenetv2-narrow': dict(type='LightMobileNetV2', last_channels=0),
    'shufflenetv2-0.5': dict(type='LightShuffleNetV2', arch='0.5'),
    'shufflenetv2-0.75': dict(type='LightShuffleNetV2', arch='0.75'),
    'shufflenetv2-1.0': dict(type='LightShuffleNetV2', arch='1.0'),
}
# Method -> folder, where it is not of that name.
FOLDERS = {
    'deeppose': 'regression',
    'rle': 'regression',
    'heatmap': 'heatmap',
    'simcc': 'simcc',
    'rtmpose': 'simcc',
    'ipr': 'integral_regression',
}
# folder of the data, joints
DATA = {
    'coco': ('coco_person', 17),
    'toy': ('toy_people', 17),
    'lsp': ('lsp', 14),
    'coco-lsp': ('lsp', 17),
}
# folder of the data that is trained on, where another is judged on
TRAINED = {'coco-lsp': 'coco_person'}
# What a head calls its joints.
JOINTS = ('num_keypoints', 'num_joints', 'out_channels')
EACH = pytest.mark.parametrize('path', LEAVES, ids=lambda path: path.stem)
# These see whole images, the others crops of one person.
WHOLE = [path for path in LEAVES if path.stem.startswith('movenet-multi')]
EACH_OF_CROPS = pytest.mark.parametrize(
    'path',
    [path for path in LEAVES if path not in WHOLE],
    ids=lambda path: path.stem,
)
EACH_WHOLE = pytest.mark.parametrize('path', WHOLE, ids=lambda path: path.stem)
MOVENETS = [
    path
    for path in LEAVES
    if path.stem.startswith('movenet') and path not in WHOLE
]
EACH_MOVENET = pytest.mark.parametrize(
    'path', MOVENETS, ids=lambda path: path.stem
)


@cache
def cached(path, data):
    return Config.fromfile(path)


def load(path):
    """A copy of a config, as read with the present LIGHTKPT_DATA."""
    config = cached(path, os.environ.get('LIGHTKPT_DATA'))
    init_default_scope(config.default_scope)
    return config.copy()


def parts(path):
    return NAME.fullmatch(path.stem).groupdict()


def trained_on(path):
    data = parts(path)['data']
    return TRAINED.get(data, DATA[data][0])


def joints_of(config):
    (joints,) = (
        config.model.head[name] for name in JOINTS if name in config.model.head
    )
    return joints


def train_sets(config):
    """What a training reads, one file or more."""
    dataset = config.train_dataloader.dataset
    return [dataset, *dataset.get('also', [])]


def encoders(pipeline):
    return [t.encoder for t in pipeline if t.type == 'GenerateTarget']


def build(config):
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    model.init_weights()
    return model


def mapping_tables(codec):
    names = [f'{n}_mapping_table' for n in ('field', 'label', 'instance')]
    tables = {name: getattr(codec, name, None) for name in names}
    return {name: table for name, table in tables.items() if table}


def batch(config, num=2):
    """Images of noise with one person each, encoded by the config's codec."""
    codec = KEYPOINT_CODECS.build(config.codec)
    joints = joints_of(config)
    size, rng = np.array(codec.input_size), np.random.default_rng(0)
    samples = []
    for _ in range(num):
        points = rng.uniform(0.2, 0.8, (1, joints, 2)) * size
        data = dict(
            codec.encode(points),
            **mapping_tables(codec),
            img=rng.integers(0, 255, (*size[::-1], 3), np.uint8),
            input_size=codec.input_size,
            input_center=size / 2,
            input_scale=size,
            flip_indices=list(range(joints)),
        )
        samples.append(PackPoseInputs()(data))
    return pseudo_collate(samples)


def train_teacher(config, folder):
    """Write what a student's teacher is read from, if it has one."""
    teacher = config.model.get('teacher')
    if teacher is not None:
        teacher.checkpoint = str(folder / 'teacher.pth')
        state = build(Config.fromfile(teacher.config)).state_dict()
        torch.save(dict(state_dict=state), teacher.checkpoint)


def train_once(config, data):
    """One step of training; the losses."""
    model = build(config)
    # A bias that a norm takes away again has no gradient but for rounding.
    weights = [p for p in model.parameters() if p.dim() > 1]
    before = [p.detach().clone() for p in weights]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = model.train_step(data, OptimWrapper(optimizer))
    assert all((p != b).any() for p, b in zip(weights, before))
    return losses


def shared(name):
    """A data set that the tests may read, if it is at hand."""
    root = Path(os.environ.get('LIGHTKPT_DATA', '')) / name
    if not os.environ.get('LIGHTKPT_DATA') or not root.is_dir():
        pytest.skip(f'LIGHTKPT_DATA holds no {name}')
    return root


@pytest.fixture(scope='module')
def given_weights(tmp_path_factory):
    """Files that trainings begin with, by the names in the configs."""
    folder = tmp_path_factory.mktemp('weights')
    torch.manual_seed(0)
    whole = mobilenet_v2(weights=None)
    torch.save(whole.state_dict(), folder / 'mobilenet_v2.pth')
    return folder


@pytest.fixture
def beside_given_weights(given_weights, monkeypatch):
    monkeypatch.chdir(given_weights)


# Form --------------------------------------------------------------------


def test_there_are_configs():
    assert {parts(path)['data'] for path in LEAVES} == set(DATA)
    assert {parts(path)['backbone'] for path in LEAVES} == set(BACKBONES)


@EACH
def test_a_config_fits_a_screen(path):
    assert len(path.read_text().splitlines()) <= 40


@EACH
def test_it_loads_from_any_folder_without_lightkpt_data(
    path, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('LIGHTKPT_DATA', raising=False)
    config = Config.fromfile(path)
    data = train_sets(config)[0].data_root
    assert data == f'data/{trained_on(path)}/'


@EACH
def test_all_data_are_under_lightkpt_data(path, tmp_path, monkeypatch):
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path))
    config = load(path)
    root = f'{tmp_path}/{DATA[parts(path)["data"]][0]}/'
    first = train_sets(config)[0]
    assert first.data_root == f'{tmp_path}/{trained_on(path)}/'
    assert first.type == config.dataset_type
    for split in ('val', 'test'):
        assert config[f'{split}_dataloader'].dataset.data_root == root
    for dataset in train_sets(config):
        assert dataset.data_root.startswith(f'{tmp_path}/')
    for evaluator in (*config.val_evaluator, *config.test_evaluator):
        assert evaluator.get('ann_file', root).startswith(root)


@EACH
def test_mmpose_needs_one_line_to_know_our_classes(path):
    assert load(path).custom_imports == dict(
        imports=['mmpose_lightkpt'], allow_failed_imports=False
    )


@EACH
def test_its_name_tells_the_truth(path):
    config, name = load(path), parts(path)
    family = name['method'].split('-')[0]
    assert FOLDERS.get(family, family) == path.parent.parent.name
    assert name['data'] == path.parent.name
    size = (int(name['w']), int(name['h']))
    assert tuple(config.codec.input_size) == size
    assert config.train_dataloader.batch_size == int(name['batch'])
    assert config.train_cfg.max_epochs == int(name['epochs'])
    assert config.auto_scale_lr.base_batch_size == int(name['batch']) * int(
        name['gpus']
    )
    assert joints_of(config) == DATA[name['data']][1]
    backbone = config.model.backbone
    for key, value in BACKBONES[name['backbone']].items():
        assert backbone[key] == value


@EACH
def test_training_and_decoding_share_one_codec(path):
    """Where targets are drawn: one who is only taught by another has none."""
    config = load(path)
    found = encoders(config.train_dataloader.dataset.pipeline)
    drawn = config.model.get('own_weight', 1) > 0
    assert found == [config.codec] * drawn
    assert config.codec == config.model.head.decoder


@EACH
def test_every_crop_has_the_codecs_size(path):
    config = load(path)
    for name in ('train', 'val', 'test'):
        pipeline = config[f'{name}_dataloader'].dataset.pipeline
        crops = ('TopdownAffine', 'BottomupResize', 'BottomupRandomAffine')
        (crop,) = [t for t in pipeline if t.type in crops]
        assert crop.input_size == config.codec.input_size


@EACH
def test_the_answer_is_not_augmented_and_not_told(path):
    """Validation and test run one pipeline, without chance or targets."""
    config = load(path)
    val = config.val_dataloader.dataset.pipeline
    crop = ['GetBBoxCenterScale', 'TopdownAffine']
    if path in WHOLE:
        crop = ['BottomupResize']
    assert [t.type for t in val] == ['LoadImage', *crop, 'PackPoseInputs']
    assert config.test_dataloader == config.val_dataloader
    assert config.val_dataloader.dataset.test_mode
    for trained in train_sets(config):
        assert trained.ann_file != config.val_dataloader.dataset.ann_file


@EACH_MOVENET
def test_training_shows_everybody_in_the_crop(path):
    pipeline = load(path).train_dataloader.dataset.pipeline
    order = [t.type for t in pipeline]
    if path.name.startswith(('movenet-finetune_', 'movenet-lightkpt-')):
        assert 'PeopleInCrop' not in order  # it is to learn whom to pass over
        return
    assert (
        order.index('TopdownAffine')
        < order.index('PeopleInCrop')
        < order.index('GenerateTarget')
    )


# Running -----------------------------------------------------------------


@EACH
@pytest.mark.usefixtures('beside_given_weights')
def test_one_step_of_training_moves_every_weight(path, tmp_path):
    config = load(path)
    train_teacher(config, tmp_path)
    losses = train_once(config, batch(config))
    assert 'loss' in losses
    assert all(torch.isfinite(value).all() for value in losses.values())


@EACH_OF_CROPS
@pytest.mark.usefixtures('beside_given_weights')
def test_mmposes_own_entries_run_it_with_its_checkpoint(path, tmp_path):
    """``init_model`` + ``inference_topdown`` and ``MMPoseInferencer``."""
    config, checkpoint = load(path), str(tmp_path / 'epoch_1.pth')
    trained = build(config)
    torch.save(dict(state_dict=trained.state_dict(), meta={}), checkpoint)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (83, 71, 3), np.uint8)
    joints = joints_of(config)

    model = init_model(str(path), checkpoint, device='cpu')
    for name, value in trained.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    assert model.dataset_meta['num_keypoints'] == joints
    boxes = np.array([[3, 5, 47, 71], [20, 20, 60, 50]], np.float32)
    found = inference_topdown(model, image, boxes)
    assert len(found) == 2
    for sample in found:
        shown = sample.pred_instances
        assert shown.keypoints.shape == (1, joints, 2)
        assert (
            (shown.keypoint_scores >= 0) & (shown.keypoint_scores <= 1)
        ).all()

    inferencer = MMPoseInferencer(
        str(path), checkpoint, device='cpu', det_model='whole_image'
    )
    ((person,),) = next(inferencer(image))['predictions']
    (whole,) = inference_topdown(model, image)
    np.testing.assert_allclose(
        person['keypoints'], whole.pred_instances.keypoints[0], atol=1e-3
    )


@EACH_WHOLE
def test_mmposes_own_entries_find_everybody(path, tmp_path):
    """``init_model`` + ``inference_bottomup`` and ``MMPoseInferencer``."""
    config, checkpoint = load(path), str(tmp_path / 'epoch_1.pth')
    trained = build(config)
    torch.nn.init.constant_(trained.head.center[-1].bias, 0)  # above 0.1
    torch.save(dict(state_dict=trained.state_dict(), meta={}), checkpoint)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (83, 71, 3), np.uint8)
    model = init_model(str(path), checkpoint, device='cpu')
    (sample,) = inference_bottomup(model, image)
    found = sample.pred_instances
    assert found.keypoints.shape == (6, 17, 2)
    assert found.bboxes.shape == (6, 4) and found.bbox_scores.shape == (6,)
    inferencer = MMPoseInferencer(str(path), checkpoint, device='cpu')
    (people,) = next(inferencer(image))['predictions']
    np.testing.assert_allclose(
        [person['keypoints'] for person in people], found.keypoints, atol=1e-3
    )


# Data --------------------------------------------------------------------


@EACH_WHOLE
def test_a_photograph_of_two_comes_back_from_its_targets(path):
    """Loaded, flipped, cut, drawn and decoded: two people, with boxes."""
    shared(DATA[parts(path)['data']][0])
    config = load(path)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    codec, checked = KEYPOINT_CODECS.build(config.codec), 0
    for i in range(len(dataset)):
        if len(dataset.get_data_info(i)['keypoints']) != 2:
            continue
        sample = dataset[i]['data_samples']
        visible = sample.gt_instance_labels.keypoint_weights.numpy() > 0
        truth, boxes = (
            sample.gt_instances.keypoints,
            sample.gt_instances.bboxes,
        )
        if not (visible.sum(1) > 3).all():
            continue
        apart = truth[0][visible[0]].mean(0) - truth[1][visible[1]].mean(0)
        if np.abs(apart).max() < 80:
            continue
        fields = sample.gt_fields
        maps = (fields.center_heatmaps, fields.heatmaps, fields.regression)
        maps += (fields.offsets, fields.box_offsets, fields.box_sizes)
        (people,) = codec.batch_decode(*(m[None] for m in maps))
        assert len(people.keypoints) == 2
        for own, shown, box in zip(truth, visible, boxes):
            away = np.abs(people.keypoints - own)[:, shown].max((1, 2))
            assert away.min() < 1e-3, sample.img_path
            found = people.boxes[away.argmin()]
            inside = np.clip(box, 0, 256)
            assert (found[:2] <= inside[:2] + 1e-3).all()
            assert (found[2:] >= inside[2:] - 1e-3).all()
        checked += 1
        if checked == 5:
            return
    raise AssertionError(f'only {checked} photographs of two people')


def test_toy_people_are_read_by_their_config(tmp_path, monkeypatch):
    make_toy_people(
        tmp_path / 'toy_people', 8, 2, image_size=(96, 96), workers=1
    )
    monkeypatch.setenv('LIGHTKPT_DATA', str(tmp_path))
    for path in LEAVES:
        if parts(path)['data'] != 'toy':
            continue
        config = load(path)
        dataset = DATASETS.build(config.train_dataloader.dataset)
        assert len(dataset) >= 8
        data = dataset[3]
        w, h = config.codec.input_size
        assert data['inputs'].shape == (3, h, w)
        fields = data['data_samples'].gt_fields
        assert fields.heatmaps.shape == (17, h // 4, w // 4)
        assert (fields.heatmaps.amax((1, 2)) == 1).any()
        assert fields.center_heatmaps.max() == 1


def steady(pipeline):
    """A training pipeline without chance."""
    by_chance = ('RandomFlip', 'RandomBBoxTransform', 'YOLOXHSVRandomAug')
    kept = [t for t in pipeline if t.type not in by_chance]
    assert len(kept) == len(pipeline) - len(by_chance)
    return kept


def labelled(root, name):
    """From the file itself: image id -> (P, 17, 3) of people with labels."""
    coco = json.loads((root / 'annotations' / name).read_text())
    people = {}
    for annotation in coco['annotations']:
        points = np.array(annotation.get('keypoints', [])).reshape(-1, 3)
        if (points[:, 2:] > 0).any():
            people.setdefault(annotation['image_id'], []).append(points)
    return {i: np.stack(p) for i, p in people.items()}


def seen(points, box, size):
    """Joints (P, K, 3) as cells and who is in the crop of a box.

    The crop is the square of 1.25 times the box's longer side about its
    middle, scaled to ``size``; all by hand.
    """
    middle, side = (box[:2] + box[2:]) / 2, 1.25 * (box[2:] - box[:2]).max()
    crop = (points[..., :2] - middle) * size / side + size / 2
    shown = (points[..., 2] > 0) & (np.abs(crop - size / 2) < size / 2).all(-1)
    near = np.abs(crop - size / 2) > size / 2 - 1
    return crop / 4, shown, (near.any(-1) & shown).any()


def test_a_photograph_of_two_shows_the_codec_two_people():
    """As many peaks as there are labelled people and joints in the crop."""
    root = shared('coco_person')
    people = labelled(root, 'val.json')
    everybody = [p for p in MOVENETS if p.stem.startswith('movenet_')]
    config = load(next(p for p in everybody if '_coco-192x192' in p.stem))
    settings = config.train_dataloader.dataset
    settings.ann_file = 'annotations/val.json'
    settings.pipeline = steady(settings.pipeline)
    dataset = DATASETS.build(settings)
    checked = 0
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        points = people[info['img_id']]
        if len(points) != 2:
            continue
        cells, shown, unsure = seen(points, info['bbox'][0], 192)
        if unsure or not (shown.sum(1) > 3).all():
            continue
        fields = dataset[i]['data_samples'].gt_fields
        for k in range(17):
            want = {tuple(c) for c in np.rint(cells[shown[:, k], k])}
            got = np.argwhere(fields.heatmaps[k].numpy() == 1)[:, ::-1]
            assert {tuple(c) for c in got} == want, (info['img_path'], k)
        middles = {tuple(np.rint(c[s].mean(0))) for c, s in zip(cells, shown)}
        got = np.argwhere(fields.center_heatmaps[0].numpy() == 1)[:, ::-1]
        assert {tuple(c) for c in got} == middles, info['img_path']
        checked += 1
        if checked == 5:
            return
    raise AssertionError(f'only {checked} photographs of two people')


def test_lsp_trains_with_fourteen_joints():
    shared('lsp')
    config = load(next(p for p in MOVENETS if parts(p)['data'] == 'lsp'))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    assert dataset.metainfo['num_keypoints'] == 14
    data = [dataset[i] for i in (0, 501)]
    assert data[0]['data_samples'].gt_fields.heatmaps.shape[0] == 14
    assert torch.isfinite(train_once(config, pseudo_collate(data))['loss'])
