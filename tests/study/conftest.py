"""A study whose tools are stand-ins of a few lines, so that it takes none.

They write what the real ones write, as far as the study looks at it, and
note each call in ``calls.txt``.
"""

import json
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

from mmpose_lightkpt.study import child, prepared  # noqa: E402

COMMON = """
import json, os, sys, time
from pathlib import Path
words = sys.argv[1:]
tool = Path(__file__).stem
root = Path(__file__).parents[1]
def after(option):
    return words[words.index(option) + 1] if option in words else None
with (root / 'calls.txt').open('a') as file:
    file.write(json.dumps([tool, *words]) + '\\n')
if (root / 'fail').exists() and (root / 'fail').read_text() in words[0]:
    print('Traceback ...', 'ValueError: no luck', sep='\\n', file=sys.stderr)
    sys.exit(3)
"""
TOOLS = {
    'train': """
work = Path(after('--work-dir'))
work.mkdir(parents=True, exist_ok=True)
options = dict(w.split('=') for w in words if '=' in w)
last = int(options.get('train_cfg.max_epochs', 2))
first = int(Path(after('--resume')).stem[6:]) if '--resume' in words else 0
for epoch in range(first + 1, last + 1):
    print(f'Epoch(train)  [{epoch}][ 5/5]  lr: 1e-3  eta: 0:00:09  loss: 0.5')
    (work / f'epoch_{epoch}.pth').write_text(' '.join(words))
    (work / 'last_checkpoint').write_text(f'/elsewhere/epoch_{epoch}.pth')
    while (root / 'pause').exists() and 'a.py' in words[0]:
        (root / 'pid').write_text(str(os.getpid()))
        time.sleep(0.05)
""",
    'test': """
work = Path(after('--work-dir'))
work.mkdir(parents=True, exist_ok=True)
(work / Path(words[0]).name).write_text(' '.join(words))
print('PixelPCK                0.5000')
Path(after('--record')).write_text(json.dumps(words))
""",
    'export_ncnn': """
print('| fp32 | 1e-6 | pass |')
bundle = Path(after('--out'))
bundle.mkdir(parents=True, exist_ok=True)
weights = '' if '--backbone' in words else Path(words[1]).read_text()
(bundle / 'spec.json').write_text(json.dumps([words, weights]))
""",
    'benchmark_ncnn': """
print('[1/1] a fp32 threads=1: 1.00 ms', file=sys.stderr)
Path(after('--out')).write_text(json.dumps(dict(
    version=1, command='', reference=None, date='', device={}, plan={},
    complete=True, rows=[], failures=[])))
""",
}
CONFIG = """
codec = dict(type='Codec', input_size=(192, 256), target='exact')
steps = [
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
]
model = dict(
    head=dict(temperature=10.0, heatmap_size=(6, 8), decoder=codec),
    test_cfg=dict(flip_test=False))
train_dataloader = dict(batch_size=16, num_workers=2, dataset=dict(
    data_root='{{$LIGHTKPT_DATA:data}}/people/', pipeline=steps))
test_dataloader = dict(num_workers=2, dataset=dict(pipeline=steps))
test_evaluator = [dict(type='PixelPCK')]
train_cfg = dict(max_epochs=2, val_interval=2)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3))
randomness = dict(seed=0)
"""
STUDY = """
title = 'Two rungs'
metric = 'PixelPCK'
reference = 'configs/a.py'
rungs = [
    dict(name='a', config='configs/a.py'),
    dict(name='b', config='configs/b.py', seeds=(0, 7)),
]
ablations = [
    dict(name='control', start_from='a', epochs=1),
    dict(name='hot', start_from='a', epochs=1,
         options=dict(model=dict(head=dict(temperature=16.0)))),
    dict(name='small', start_from='a', epochs=1, export=True,
         codec=dict(input_size=(96, 128))),
]
"""


class Workshop:
    """A folder with stand-in tools, two configs and a study."""

    def __init__(self, root: Path) -> None:
        self.root, self.study, self.out = root, root / 's.py', root / 'out'
        for folder in ('tools', 'configs'):
            (root / folder).mkdir(parents=True)
        for name, code in TOOLS.items():
            (root / 'tools' / f'{name}.py').write_text(COMMON + code)
        for name in 'ab':
            (root / 'configs' / f'{name}.py').write_text(CONFIG)
        self.study.write_text(STUDY)

    def calls(self):
        """Words of each call since the last question, tool first."""
        path = self.root / 'calls.txt'
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def what(self):
        """(tool, run) of each call since the last question."""
        return [(c[0], self._run(c)) for c in self.calls()]

    def _run(self, call):
        inside = [w for w in call if str(self.out) in w]
        return Path(inside[0]).relative_to(self.out).parts[0] if inside else ''

    def edit(self, name, old, new):
        """Replace a string in a file that must have it."""
        path = self.root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        prepared._read.cache_clear()


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    shop = Workshop(tmp_path.resolve() / 'shop')
    prepared._read.cache_clear()
    monkeypatch.chdir(shop.root)
    for module in (child, prepared):
        monkeypatch.setattr(module, 'ROOT', shop.root)
    return shop


# For a study in a process of its own: python -c DRIVER OUT WORDS...
DRIVER = """
import os, sys
os.environ['LIGHTKPT_REGISTER'] = '0'
from pathlib import Path
from mmpose_lightkpt.study import child, prepared, run_study
child.ROOT = prepared.ROOT = Path.cwd()
steps, only = sys.argv[1].split(','), sys.argv[2].split(',')
sys.exit(len(run_study('s.py', 'out', only, steps)))
"""


@pytest.fixture
def driver(workshop):
    """Words that run the workshop's study: ``[*driver, STEPS, RUNS]``."""
    return [sys.executable, '-W', 'ignore', '-c', DRIVER]
