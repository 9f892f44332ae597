"""A training of seconds, run by the tests of resuming and of two processes.

    python small_training.py SETTINGS.json

writes one line of losses per iteration to ``<work_dir>/losses_<rank>.jsonl``,
and the weights at the start to ``start.pth``.
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

import mmpose_lightkpt  # noqa: F401 - registers

SIZE = (64, 96)
CODEC = dict(type='MoveNetLabel', input_size=SIZE, stride=4)


@HOOKS.register_module()
class RecordLosses(Hook):
    """Write losses; kill the process, if asked to, as the kernel would."""

    priority = 'LOWEST'

    def __init__(self, folder, kill_at=None, freeze_norm=False):
        rank = os.environ.get('RANK', '0')
        self.file = Path(folder) / f'losses_{rank}.jsonl'
        self.kill_at, self.freeze_norm = kill_at, freeze_norm

    def before_train(self, runner):
        model = getattr(runner.model, 'module', runner.model)
        dtype = torch.get_default_dtype()
        model.backbone.register_forward_pre_hook(
            lambda _, inputs: (inputs[0].to(dtype),)
        )
        torch.save(model.state_dict(), self.file.parent / 'start.pth')

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        for module in runner.model.modules():
            if isinstance(module, torch.nn.BatchNorm2d) and self.freeze_norm:
                module.eval()

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        losses = {
            name: float(value)
            for name, value in outputs.items()
            if 'loss' in name
        }
        with self.file.open('a') as file:
            file.write(json.dumps([runner.iter, losses]) + '\n')
        if runner.iter == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def make_model():
    return dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(
            type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3
        ),
        backbone=dict(type='LightShuffleNetV2', arch='0.75'),
        neck=dict(
            type='LightFPN',
            in_channels=(64, 128, 192),
            widths=(64, 128),
            out_channels=24,
        ),
        head=dict(
            type='MoveNetHead', in_channels=24, num_keypoints=17, decoder=CODEC
        ),
    )


def make_loader(settings):
    augment = [
        dict(type='RandomFlip', direction='horizontal'),
        dict(type='RandomHalfBody'),
        dict(type='RandomBBoxTransform'),
    ]
    return dict(
        batch_size=settings['batch_size'],
        num_workers=settings['num_workers'],
        persistent_workers=settings['num_workers'] > 0,
        sampler=dict(type=settings['sampler'], shuffle=settings['augment']),
        dataset=dict(
            type='PeopleDataset',
            data_root=settings['data_root'],
            ann_file='annotations/train.json',
            data_prefix=dict(img='images/'),
            pipeline=[
                dict(type='LoadImage'),
                dict(type='GetBBoxCenterScale'),
                *(augment if settings['augment'] else []),
                dict(type='TopdownAffine', input_size=SIZE),
                dict(type='PeopleInCrop'),
                dict(type='GenerateTarget', encoder=CODEC),
                dict(type='PackPoseInputs'),
            ],
        ),
    )


def make_config(settings):
    return Config(
        dict(
            default_scope='mmpose',
            work_dir=settings['work_dir'],
            experiment_name=settings['name'],
            randomness=dict(seed=3),
            launcher=settings['launcher'],
            env_cfg=dict(dist_cfg=dict(backend='gloo')),
            log_level='ERROR',
            resume=settings['resume'],
            load_from=settings['load_from'],
            model=make_model(),
            train_dataloader=make_loader(settings),
            train_cfg=dict(by_epoch=True, max_epochs=settings['epochs']),
            optim_wrapper=dict(optimizer=settings['optimizer']),
            param_scheduler=[
                dict(
                    type='LinearLR',
                    start_factor=0.5,
                    by_epoch=False,
                    begin=0,
                    end=7,
                )
            ]
            if settings['augment']
            else [],
            default_hooks=dict(
                checkpoint=dict(
                    type='SafeCheckpointHook', interval=1, max_keep_ckpts=2
                )
            ),
            custom_hooks=[
                dict(type='ChannelsLastHook'),
                dict(type='ResumeSeedHook'),
                dict(type='SkippedSamplesHook'),
                dict(type='StopOnNaNHook'),
                dict(
                    type='RecordLosses',
                    folder=settings['work_dir'],
                    kill_at=settings['kill_at'],
                    freeze_norm=not settings['augment'],
                ),
            ],
        )
    )


if __name__ == '__main__':
    torch.set_num_threads(1)
    settings = json.loads(Path(sys.argv[1]).read_text())
    torch.set_default_dtype(getattr(torch, settings['dtype']))
    Runner.from_cfg(make_config(settings)).train()
