"""Training and testing from the command line, and inside other projects."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
import mmpose  # noqa: E402

import mmpose_lightkpt  # noqa: E402
from mmpose_lightkpt import config_path, list_configs  # noqa: E402
from mmpose_lightkpt.runner import UsageError, evaluate, train  # noqa: E402

pytestmark = pytest.mark.mmpose
ROOT = Path(mmpose_lightkpt.__file__).resolve().parents[1]
CONFIG = config_path(
    next(n for n in list_configs() if 'shufflenetv2-0.75' in n and 'coco' in n)
)
SMALL = [
    'train_cfg.max_epochs=1',
    'train_cfg.val_interval=1',
    'train_dataloader.batch_size=2',
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
    'val_dataloader.num_workers=0',
    'val_dataloader.persistent_workers=False',
    'test_dataloader.num_workers=0',
    'test_dataloader.persistent_workers=False',
]


def run_script(script, *args, cwd, **env):
    return subprocess.run(
        [sys.executable, '-W', 'ignore', str(script), *map(str, args)],
        cwd=cwd,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', **env),
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture
def data(draw_people, tmp_path):
    """A folder for LIGHTKPT_DATA, with a few drawn people as coco_person."""
    people = draw_people([2, 1, 2])
    shutil.copy(
        people / 'annotations' / 'train.json',
        people / 'annotations' / 'val.json',
    )
    (tmp_path / 'coco_person').symlink_to(people)
    return tmp_path


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_help_shows_an_example(tool, tmp_path):
    done = run_script(ROOT / 'tools' / f'{tool}.py', '--help', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f'python tools/{tool}.py' in done.stdout


def metrics_of(text):
    """Last PixelPCK that a log names."""
    return float(re.findall(r'PixelPCK:?\s+([0-9.]+)', text)[-1])


@pytest.mark.slow
def test_testing_repeats_the_validation_of_the_training(data, tmp_path):
    where = dict(cwd=tmp_path, LIGHTKPT_DATA=str(data))
    tool = ROOT / 'tools' / 'train.py'
    done = run_script(tool, CONFIG, '--cfg-options', *SMALL, **where)
    assert done.returncode == 0, done.stderr[-3000:]
    work_dir = tmp_path / 'work_dirs' / Path(CONFIG).stem
    checkpoint = work_dir / 'epoch_1.pth'
    assert checkpoint.is_file()
    assert list(work_dir.glob('best_*.pth'))

    tool = ROOT / 'tools' / 'test.py'
    tested = run_script(
        tool, CONFIG, checkpoint, '--cfg-options', *SMALL, **where
    )
    assert tested.returncode == 0, tested.stderr[-3000:]
    assert metrics_of(tested.stdout) == pytest.approx(
        metrics_of(done.stdout + done.stderr), abs=1e-4
    )


def test_a_missing_config_ends_in_one_line(tmp_path):
    tool = ROOT / 'tools' / 'train.py'
    done = run_script(tool, 'none.py', cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        'error: none.py: no such config'
    )
    assert 'Traceback' not in done.stderr


@pytest.fixture
def edited(tmp_path):
    """Return a function that writes a config that changes ours."""

    def write(lines):
        path = tmp_path / 'edited.py'
        path.write_text(f'_base_ = [{CONFIG!r}]\n{lines}')
        return str(path)

    return write


@pytest.mark.parametrize('key', ['train_dataloader', 'train_cfg', 'model'])
def test_a_config_that_lacks_a_key_is_refused_naming_it(edited, tmp_path, key):
    path = edited(f'{key} = None')
    with pytest.raises(UsageError, match=f'edited.py: lacks {key}'):
        train(path, work_dir=str(tmp_path))


def test_a_config_that_is_no_python_is_named(tmp_path):
    path = tmp_path / 'torn.py'
    path.write_text('model = dict(')
    with pytest.raises(UsageError, match='torn.py'):
        train(str(path))


def test_a_module_that_lacks_an_argument_is_named(edited, tmp_path):
    path = edited("model = dict(head=dict(_delete_=True, type='MoveNetHead'))")
    with pytest.raises(UsageError, match=r'edited.py: .*MoveNetHead.*missing'):
        train(path, work_dir=str(tmp_path))


def test_missing_annotations_are_named(edited, tmp_path, monkeypatch):
    path = edited("train_dataloader = dict(dataset=dict(ann_file='no.json'))")
    with pytest.raises(UsageError, match='no.json'):
        train(path, work_dir=str(tmp_path))


def test_a_missing_checkpoint_is_named(data, edited, tmp_path):
    root = str(data / 'coco_person')
    with pytest.raises(UsageError, match='none.pth: no such checkpoint'):
        evaluate(
            edited(
                f'test_dataloader = dict(dataset=dict(data_root={root!r}))'
                '\ntest_evaluator = dict(_delete_=True, type="PixelPCK")'
            ),
            'none.pth',
            work_dir=str(tmp_path),
        )


PROJECT = """
_base_ = ['mmpose::_base_/default_runtime.py']
custom_imports = dict(
    imports=['mmpose_lightkpt'], allow_failed_imports=False)
train_cfg = dict(max_epochs=1, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=1e-3))
codec = dict(type='MoveNetLabel', input_size=(96, 64), stride=4)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3),
    backbone=dict(
        type='ResNet', depth=18, num_stages=1, strides=(1, ),
        dilations=(1, ), out_indices=(0, )),
    head=dict(
        type='MoveNetHead', in_channels=64, num_keypoints=17,
        decoder=codec))
steps = [
    dict(type='LoadImage'), dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=codec['input_size'])]
train_dataloader = dict(
    batch_size=2, num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CocoDataset', data_root=DATA_ROOT,
        ann_file='annotations/train.json', data_prefix=dict(img='images/'),
        pipeline=steps + [
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs')]))
val_dataloader = dict(
    batch_size=2, num_workers=0, drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CocoDataset', data_root=DATA_ROOT, test_mode=True,
        ann_file='annotations/train.json', data_prefix=dict(img='images/'),
        pipeline=steps + [dict(type='PackPoseInputs')]))
test_dataloader = val_dataloader
val_cfg = test_cfg = dict()
val_evaluator = dict(type='PCKAccuracy', thr=0.5)
test_evaluator = val_evaluator
"""


@pytest.mark.slow
def test_an_mmpose_project_trains_with_movenet_head(draw_people, tmp_path):
    data = draw_people([2, 1, 2])
    project = tmp_path / 'project'
    project.mkdir()
    (project / 'pose.py').write_text(
        PROJECT.replace('DATA_ROOT', repr(str(data)))
    )
    mmpose_train = Path(mmpose.__path__[0]) / '.mim' / 'tools' / 'train.py'
    done = run_script(mmpose_train, 'pose.py', cwd=project)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (project / 'work_dirs' / 'pose' / 'epoch_1.pth').is_file()
    log = done.stdout + done.stderr
    assert 'Epoch(val) [1]' in log and 'PCK' in log
