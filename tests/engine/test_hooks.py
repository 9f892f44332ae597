"""The hooks at work in trainings of one linear layer."""

import errno
import itertools
import math
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.evaluator import BaseMetric  # noqa: E402
from mmengine.model import BaseModel  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import DATASETS, METRICS, MODELS  # noqa: E402
from torch import nn  # noqa: E402

import mmpose_lightkpt  # noqa: E402, F401 - registers the hooks
from mmpose_lightkpt.engine import (  # noqa: E402
    AtomicBackend,
    ChannelsLastHook,
    ResumeSeedHook,
)

pytestmark = pytest.mark.mmpose
RUNNERS = itertools.count()


@DATASETS.register_module()
class EightNumbers(torch.utils.data.Dataset):
    metainfo = dict(dataset_name='numbers')

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dict(x=torch.tensor([float(index)]))


@MODELS.register_module()
class OneLayer(BaseModel):
    """Its loss is NaN at the iteration asked for."""

    def __init__(self, nan_at=None):
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.nan_at, self.calls = nan_at, 0

    def forward(self, x, mode='tensor'):
        y = self.layer(torch.stack(list(x)))
        if mode != 'loss':
            return [y]
        self.calls += 1
        scale = math.nan if self.calls == self.nan_at else 1
        return dict(loss_first=y.square().mean(), loss_second=y.mean() * scale)


@METRICS.register_module()
class RisingThenFalling(BaseMetric):
    values = (1, 2, 1, 0)

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        self.epoch = getattr(self, 'epoch', -1) + 1
        return dict(score=self.values[self.epoch])


def build_runner(folder, hooks=(), resume=False, **model):
    loader = dict(
        batch_size=4,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='EightNumbers'),
    )
    return Runner.from_cfg(
        Config(
            dict(
                default_scope='mmpose',
                work_dir=str(folder),
                experiment_name=f'runner {next(RUNNERS)}',
                log_level='ERROR',
                resume=resume,
                model=dict(type='OneLayer', **model),
                train_dataloader=loader,
                train_cfg=dict(by_epoch=True, max_epochs=4),
                optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-4)),
                val_dataloader=loader,
                val_cfg=dict(),
                val_evaluator=dict(type='RisingThenFalling'),
                default_hooks=dict(
                    checkpoint=dict(
                        type='SafeCheckpointHook',
                        interval=1,
                        max_keep_ckpts=2,
                        save_best='score',
                        rule='greater',
                    )
                ),
                custom_hooks=[dict(type=hook) for hook in hooks],
            )
        )
    )


def checkpoints(folder):
    return sorted(path.name for path in Path(folder).glob('*.pth'))


def pointed_to(folder):
    return Path((Path(folder) / 'last_checkpoint').read_text())


def fail_to_save(monkeypatch, name):
    """Let the disk be full whenever a file of this name is written."""
    put = AtomicBackend.put

    def full(self, obj, filepath):
        if Path(filepath).name == name:
            raise OSError(errno.ENOSPC, 'No space left', str(filepath))
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicBackend, 'put', full)


def test_the_best_and_the_last_checkpoints_are_kept(tmp_path):
    build_runner(tmp_path).train()
    assert checkpoints(tmp_path) == [
        'best_score_epoch_2.pth',
        'epoch_3.pth',
        'epoch_4.pth',
    ]
    assert pointed_to(tmp_path) == tmp_path / 'epoch_4.pth'
    assert not [n for n in os.listdir(tmp_path) if n.endswith('.tmp')]


@pytest.mark.parametrize('name', ['epoch_3.pth', 'last_checkpoint'])
def test_a_disk_full_while_saving_leaves_one_to_resume_from(
    tmp_path, monkeypatch, name
):
    runner = build_runner(tmp_path)
    fail_to_save(monkeypatch, name)
    with pytest.raises(OSError, match=name):
        runner.train()
    if name == 'epoch_3.pth':
        assert checkpoints(tmp_path) == [
            'best_score_epoch_2.pth',
            'epoch_1.pth',
            'epoch_2.pth',
        ]
        assert pointed_to(tmp_path) == tmp_path / 'epoch_2.pth'
    else:
        assert checkpoints(tmp_path) == ['epoch_1.pth']
        assert not (tmp_path / name).exists()


def test_resuming_goes_on_removing_where_the_training_stopped(
    tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        fail_to_save(patch, 'epoch_3.pth')
        with pytest.raises(OSError):
            build_runner(tmp_path).train()
    build_runner(tmp_path, resume=True).train()
    assert checkpoints(tmp_path)[-2:] == ['epoch_3.pth', 'epoch_4.pth']
    assert len([n for n in checkpoints(tmp_path) if n[0] == 'e']) == 2


def test_a_loss_that_is_nan_stops_before_it_is_saved(tmp_path):
    runner = build_runner(tmp_path, ['StopOnNaNHook'], nan_at=4)
    with pytest.raises(FloatingPointError) as error:
        runner.train()
    for part in ('iteration 4', 'epoch 2', 'loss_second=nan', 'loss_first='):
        assert part in str(error.value)
    assert 'epoch_2.pth' not in checkpoints(tmp_path)


class Watching(nn.Module):
    """A backbone that notes in which order its images lie in memory."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)

    def forward(self, images):
        self.seen = images.is_contiguous(memory_format=torch.channels_last)
        return self.conv(images)


def test_images_arrive_channels_last_during_training_only():
    model = nn.Module()
    model.backbone = Watching()
    strides = model.backbone.conv.weight.stride()
    runner, hook = SimpleNamespace(model=model), ChannelsLastHook()
    images = torch.rand(2, 3, 7, 11)
    expected = model.backbone(images)
    assert not model.backbone.seen
    hook.before_train(runner)
    torch.testing.assert_close(model.backbone(images), expected)
    assert model.backbone.seen
    assert model.backbone.conv.weight.stride() == strides
    hook.after_train(runner)
    model.backbone(images)
    assert not model.backbone.seen


@pytest.mark.parametrize('own_seeds, expected', [(False, 7), (True, 5)])
def test_the_sampler_takes_the_seed_of_the_checkpoint(own_seeds, expected):
    sampler = SimpleNamespace(seed=5)
    ResumeSeedHook().before_train(
        SimpleNamespace(
            seed=7,
            _randomness_cfg=dict(diff_rank_seed=own_seeds),
            train_dataloader=SimpleNamespace(sampler=sampler),
        )
    )
    assert sampler.seed == expected
