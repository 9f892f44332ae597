"""A student with a teacher beside it, as a whole and in MMPose's runner."""

import json
from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from small_networks import (  # noqa: E402
    KINDS,
    images,
    lively,
    network,
    points,
    samples,
    student,
    write_teacher,
)

from mmpose_lightkpt.datasets.toy_people import make_toy_people  # noqa: E402
from mmpose_lightkpt.deploy.source_model import build_model  # noqa: E402
from mmpose_lightkpt.runner import UsageError, evaluate, train  # noqa: E402

pytestmark = pytest.mark.mmpose
TOY = (
    Path(__file__).resolve().parents[3]
    / 'configs/body_2d_keypoint/movenet/toy'
)
STUDENT = TOY / 'movenet-distilled_shufflenetv2-0.5_1xb8-6e_toy-96x96.py'
TEACHER = TOY / 'movenet_shufflenetv2-0.75_1xb8-6e_toy-128x128.py'
MAPS = [dict(type='MoveNetMapTerm')]
ABSENT = dict(config='nowhere.py', checkpoint='nowhere.pth')


def build(config):
    torch.manual_seed(0)
    return MODELS.build(config)


def labelled(model, visible=None):
    return samples(model.head.decoder, points(), visible)


# The student -------------------------------------------------------------


def test_it_is_the_student_in_name_and_shape(tmp_path):
    """Before and after its teacher was read."""
    config = network()
    plain = build(config)
    model = build(student(config, write_teacher(tmp_path, config), MAPS))
    for _ in range(2):
        names = [name for name, _ in model.named_parameters()]
        assert names == [name for name, _ in plain.named_parameters()]
        assert list(model.state_dict()) == list(plain.state_dict())
        assert len(list(model.modules())) == len(list(plain.modules()))
        model.loss(images(), labelled(model))


def test_it_is_built_and_asked_without_a_teachers_files():
    config = network()
    model = build(student(config, ABSENT, MAPS)).eval()
    plain = build(config).eval()
    with torch.no_grad():
        pairs = list(zip(model(images(), None), plain(images(), None)))
    assert all(torch.equal(a, b) for a, b in pairs)


def test_training_names_the_file_that_is_missing(tmp_path):
    files = write_teacher(tmp_path, network())
    files['checkpoint'] = 'nowhere.pth'
    model = build(student(network(), files, MAPS))
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth: no such'):
        model.loss(images(), labelled(model))


def test_training_the_student_leaves_the_teacher_as_it_is(tmp_path):
    model = build(student(network(), write_teacher(tmp_path, network()), MAPS))
    want = lively(network()).state_dict()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        model.train()
        sum(model.loss(images(), labelled(model)).values()).backward()
        optimizer.step()
    given = model.teacher._model
    assert not given.training
    for name, value in given.state_dict().items():
        assert torch.equal(value, want[name]), name


def test_a_batch_passes_a_students_norm_once(tmp_path):
    model = build(student(network(), write_teacher(tmp_path, network()), MAPS))
    model.train()
    model.loss(images(), labelled(model))
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert {int(norm.num_batches_tracked) for norm in norms} == {1}


# Its losses --------------------------------------------------------------


def test_a_teacher_has_nothing_to_tell_itself(tmp_path):
    config = network()
    model = build(student(config, write_teacher(tmp_path, config), MAPS))
    model.load_state_dict(lively(config).state_dict())
    model.eval()
    losses = model.loss(images(), labelled(model))
    own = {k: v for k, v in losses.items() if 'distill' not in k}
    told = {k: v for k, v in losses.items() if 'distill' in k}
    assert sorted(own) == [
        'loss_center',
        'loss_heatmap',
        'loss_offset',
        'loss_regression',
    ]
    assert sorted(told) == [
        f'loss_distill_{name}'
        for name in ('center', 'heatmap', 'offset', 'regression')
    ]
    assert all(value > 0.01 for value in own.values())
    assert all(value < 1e-4 for value in told.values())


@pytest.mark.parametrize('kind', KINDS)
def test_without_labels_its_own_losses_are_0_and_the_terms_teach(
    tmp_path, kind
):
    keypoints = dict(type='TeacherKeypointsTerm', min_score=0.0)
    files = write_teacher(tmp_path, network(size=(96, 128)))
    model = build(student(network(kind), files, [keypoints]))
    model.load_state_dict(lively(network(kind), seed=1).state_dict())
    losses = model.loss(images(), labelled(model, np.zeros((2, 5))))
    told = losses.pop('loss_distill_keypoints')
    own = [value for name, value in losses.items() if 'loss' in name]
    assert own and all(value == 0 for value in own)
    assert torch.isfinite(told) and told > 0
    (sum(own) + told).backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert grads and all(torch.isfinite(grad).all() for grad in grads)


def test_a_sample_without_labels_changes_nothing_of_the_others(tmp_path):
    """Losses are means over joints with labels."""
    model = build(student(network(), write_teacher(tmp_path, network()), MAPS))
    model.eval()
    two = images(2)
    alone = model.loss(two[:1], labelled(model)[:1])
    hidden = np.ones((2, 5))
    hidden[1] = 0
    both = model.loss(two, labelled(model, hidden))
    for name, value in alone.items():
        if 'distill' not in name:
            torch.testing.assert_close(both[name], value, rtol=1e-4, atol=1e-5)


def test_its_own_losses_can_be_weighed(tmp_path):
    files = write_teacher(tmp_path, network())
    found = []
    for weight in (1.0, 0.25):
        model = build(student(network(), files, MAPS, own_weight=weight))
        found.append(model.eval().loss(images(), labelled(model)))
    for name, value in found[0].items():
        factor = 1 if 'distill' in name else 0.25
        torch.testing.assert_close(found[1][name], factor * value)


def test_without_its_own_losses_it_needs_no_targets(tmp_path):
    files = write_teacher(tmp_path, network())
    both = build(student(network(), files, MAPS)).eval()
    want = both.loss(images(), labelled(both))
    alone = build(student(network(), files, MAPS, own_weight=0)).eval()
    found = alone.loss(images(), [PoseDataSample() for _ in images()])
    assert set(found) == {name for name in want if 'distill' in name}
    for name, value in found.items():
        torch.testing.assert_close(value, want[name])


@pytest.mark.parametrize(
    'wrong, message',
    [
        (dict(distill=[]), 'one or more terms'),
        (dict(distill=MAPS * 2), 'of different types'),
        (dict(own_weight=-1), 'own_weight must not be negative'),
    ],
)
def test_bad_arguments_are_named(wrong, message):
    config = dict(student(network(), ABSENT, MAPS), **wrong)
    with pytest.raises(ValueError, match=message):
        build(config)


# In MMPose's runner ------------------------------------------------------


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A toy training from a lively teacher: its folder, its log."""
    folder = tmp_path_factory.mktemp('distilled')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv('LIGHTKPT_DATA', str(folder))
        make_toy_people(
            folder / 'toy_people', 32, 4, image_size=(96, 96), workers=1
        )
        torch.save(
            lively(Config.fromfile(TEACHER).model).state_dict(), 'teacher.pth'
        )
        photos = dict(
            type='UnlabelledImagesDataset',
            data_prefix=dict(img=str(folder / 'toy_people/images')),
        )
        train(
            str(STUDENT),
            str(folder / 'work'),
            options={
                'train_cfg.max_epochs': 2,
                'train_cfg.val_interval': 2,
                'train_dataloader.dataset.also': [photos],
                'param_scheduler': [],
                'optim_wrapper.optimizer.lr': 0.01,
                'default_hooks.logger.interval': 1,
                'log_processor.window_size': 1,
                # MMEngine would go on with another test's, and its folder
                'visualizer.name': 'distilled',
            },
        )
    (log,) = (folder / 'work').glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return folder, [row for row in rows if 'loss' in row]


def test_the_teachers_part_falls_within_a_dozen_steps(trained):
    _, rows = trained
    assert len(rows) >= 12
    for name in ('heatmap', 'center'):
        values = [row[f'loss_distill_{name}'] for row in rows]
        assert np.mean(values[-3:]) < 0.8 * np.mean(values[:3])
    assert np.isfinite([row['loss'] for row in rows]).all()


def test_its_checkpoint_is_the_plain_students(trained):
    folder, _ = trained
    cfg = Config.fromfile(STUDENT)
    for name in ('teacher', 'distill'):
        cfg.model.pop(name)
    cfg.model.type = 'TopdownPoseEstimator'
    file = folder / 'work/epoch_2.pth'
    plain = build_model(cfg, file)
    state = torch.load(file, weights_only=True)['state_dict']
    plain.load_state_dict(state, strict=True)
    whole = build_model(Config.fromfile(STUDENT), file)
    x = images(1, (96, 96))
    with torch.no_grad():
        for a, b in zip(plain(x, None), whole(x, None)):
            assert torch.equal(a, b)


def test_it_is_tested_without_the_teacher(trained, monkeypatch, tmp_path):
    folder, _ = trained
    monkeypatch.chdir(tmp_path)  # where no teacher.pth is
    monkeypatch.setenv('LIGHTKPT_DATA', str(folder))
    file = str(folder / 'work/epoch_2.pth')
    metrics = evaluate(str(STUDENT), file, str(tmp_path))
    assert 0 <= metrics['PixelPCK'] <= 1


def test_a_missing_teacher_ends_in_one_line_before_the_first_step(
    trained, monkeypatch, tmp_path
):
    folder, _ = trained
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LIGHTKPT_DATA', str(folder))
    with pytest.raises(UsageError, match=r'^teacher\.pth: no such checkpoint'):
        train(str(STUDENT), str(tmp_path))


def test_prediction_needs_no_teacher():
    model = build(student(network(), ABSENT, MAPS)).eval()
    (first, _) = model.head.predict(
        model.extract_feat(images()), [PoseDataSample()] * 2
    )
    assert first.keypoints.shape == (1, 5, 2)
