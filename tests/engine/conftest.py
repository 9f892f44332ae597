import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name('small_training.py')
DEFAULTS = dict(
    name='small',
    dtype='float32',
    launcher='none',
    sampler='EpochSampler',
    augment=True,
    num_workers=2,
    batch_size=4,
    epochs=3,
    kill_at=None,
    resume=False,
    load_from=None,
    optimizer=dict(type='AdamW', lr=1e-3),
)


@pytest.fixture
def train_small(tmp_path):
    """Return a function that runs ``small_training.py`` in a process.

    ``train_small(data_root, work_dir, **settings)`` returns, per process of
    the training, a list of (iteration, losses); ``processes=2`` uses torch's
    launcher, ``killed=True`` expects an end by ``kill -9``.
    """

    def train(data_root, work_dir, processes=1, killed=False, **settings):
        work_dir.mkdir(exist_ok=True)
        settings = {
            **DEFAULTS,
            **settings,
            'data_root': str(data_root),
            'work_dir': str(work_dir),
        }
        command = [sys.executable]
        if processes > 1:
            settings['launcher'] = 'pytorch'
            command += [
                '-m',
                'torch.distributed.run',
                '--standalone',
                f'--nproc_per_node={processes}',
            ]
        file = work_dir / 'settings.json'
        file.write_text(json.dumps(settings))
        run = subprocess.run(
            [*command, str(SCRIPT), str(file)],
            cwd=tmp_path,
            env={
                **os.environ,
                'PYTHONPATH': str(ROOT),
                'OMP_NUM_THREADS': '1',
            },
            capture_output=True,
            text=True,
        )
        expected = -signal.SIGKILL if killed else 0
        assert run.returncode == expected, run.stderr[-4000:]
        logs = sorted(work_dir.glob('losses_*.jsonl'))
        return [
            [json.loads(line) for line in log.read_text().splitlines()]
            for log in logs
        ]

    return train
