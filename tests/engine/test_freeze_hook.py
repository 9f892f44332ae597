"""A part of a model learns, and nothing else changes."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.model import BaseModel  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from torch import nn  # noqa: E402

from mmpose_lightkpt.engine import FreezeHook  # noqa: E402

pytestmark = pytest.mark.mmpose


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dict(x=torch.full((2, 3, 3), float(index)))


class TwoBranches(BaseModel):
    """Each branch with a norm, whose statistics are buffers."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Sequential(nn.Conv2d(2, 4, 1), nn.BatchNorm2d(4))
        self.head = nn.ModuleDict(
            {
                name: nn.Sequential(nn.Conv2d(4, 1, 1), nn.BatchNorm2d(1))
                for name in ('old', 'new')
            }
        )

    def forward(self, x, mode='tensor'):
        self.modes = {k: m.training for k, m in self.named_modules()}
        x = self.trunk(torch.stack(list(x)))
        return {
            f'loss_{name}': (branch(x) - 1).square().mean()
            for name, branch in self.head.items()
        }


def train(folder, **hook):
    model = TwoBranches()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    Runner(
        model,
        work_dir=str(folder),
        train_dataloader=dict(
            batch_size=4,
            dataset=Numbers(),
            sampler=dict(type='DefaultSampler', shuffle=True),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=3),
        optim_wrapper=dict(
            optimizer=dict(type='AdamW', lr=0.1, weight_decay=0.1)
        ),
        custom_hooks=[dict(type='mmpose.FreezeHook', **hook)],
        experiment_name=folder.name,
        default_scope='mmpose',
    ).train()
    after = model.state_dict()
    changed = {k for k in after if not torch.equal(before[k], after[k])}
    return model, changed


def test_weights_decay_and_statistics_of_all_others_stay(tmp_path):
    model, changed = train(tmp_path, trained=['head.new'])
    assert changed == {
        f'head.new.{name}'
        for name in (
            '0.weight',
            '0.bias',
            '1.weight',
            '1.bias',
            '1.running_mean',
            '1.running_var',
            '1.num_batches_tracked',
        )
    }


def test_only_what_learns_is_in_training_mode(tmp_path):
    """In the last epoch too: MMEngine's loop sets the mode for each."""
    model, _ = train(tmp_path, trained=['head.new'])
    learn = {'head.new', 'head.new.0', 'head.new.1'}
    assert {name for name, training in model.modes.items() if training} == (
        learn
    )


def test_a_module_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(ValueError, match=r'no module head\.box.*head\.old'):
        train(tmp_path, trained=['head.box'])


@pytest.mark.parametrize('trained', [[], 'head'])
def test_modules_must_be_listed(trained):
    with pytest.raises(ValueError, match='list one or more modules'):
        FreezeHook(trained)
