"""A whole study with the real tools, on a few drawn people."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('ncnn')
pytest.importorskip('pnnx')

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

import mmpose_lightkpt  # noqa: E402

pytestmark = [pytest.mark.mmpose, pytest.mark.slow]
ROOT = Path(mmpose_lightkpt.__file__).resolve().parents[1]
STUDY = """
title = 'Drawn people'
metric = 'MeanOKS'
repeats = 1
reference = 'ipr_mobilenetv3-small_1xb16-5e_coco-256x192'
_quick = {'train_cfg.max_epochs': 2, 'train_dataloader.batch_size': 2}
for _split in ('train', 'val', 'test'):
    _quick[f'{_split}_dataloader.num_workers'] = 0
    _quick[f'{_split}_dataloader.persistent_workers'] = False
_config = 'ipr-dsnt-rle_mobilenetv3-small_1xb16-5e_coco-256x192'
rungs = [dict(name='dsnt', config=_config, options=_quick, seeds=(0, 7))]
"""
GIVEN = (
    STUDY.partition('rungs =')[0]
    + """
reference = 'small'
_codec = dict(input_size=(96, 128), heatmap_size=(3, 4))
rungs = [
    dict(name='small', config=_config, options=_quick, codec=_codec,
         checkpoint='given.pth'),
]
"""
)


@pytest.fixture
def run(draw_people, tmp_path):
    """Return a function that runs the study from an unrelated folder."""
    people = draw_people([2, 1, 1])
    names = people / 'annotations'
    shutil.copy(names / 'train.json', names / 'val.json')
    data, here = tmp_path / 'data', tmp_path / 'here'
    data.mkdir()
    here.mkdir()
    (data / 'coco_person').symlink_to(people)
    (here / 's.py').write_text(STUDY)

    def run(*words):
        tool = str(ROOT / 'tools' / 'run_study.py')
        done = subprocess.run(
            [sys.executable, tool, 's.py', '--out', 'out', *words],
            cwd=here,
            env=dict(
                os.environ,
                PYTHONPATH=str(ROOT),
                OMP_NUM_THREADS='1',
                LIGHTKPT_DATA=str(data),
            ),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.out = here / 'out'
    return run


def weights(run):
    path = run.out / 'dsnt' / 'train' / 'epoch_2.pth'
    return torch.load(path, map_location='cpu', weights_only=False)


def test_a_study_runs_and_a_stopped_training_ends_the_same(run):
    run('--publish', 'published')
    out = run.out
    table = (out / 'table.md').read_text()
    assert 'Not there yet' not in table
    assert '| dsnt |' in table and ' ± ' in table
    for name, seed in (('dsnt', 0), ('dsnt-seed7', 7)):
        record = json.loads((out / name / 'evaluation.json').read_text())
        assert record['details']['epochs'] == 2
        assert record['details']['seed'] == seed
        assert record['config'].startswith('configs/body_2d_keypoint/')
    times = json.loads((out / 'benchmark.json').read_text())
    assert len(times['rows']) == 2 and not times['failures']
    assert times['reference'].endswith('_backbone')
    published = {path.name for path in (out.parent / 'published').iterdir()}
    assert published == {
        'dsnt.json',
        'dsnt-seed7.json',
        'benchmark.json',
        'table.md',
        'ladder.png',
        'calibration.png',
    }

    whole, train = weights(run)['state_dict'], out / 'dsnt' / 'train'
    (train / 'epoch_2.pth').unlink()
    (train / 'last_checkpoint').write_text(str(train / 'epoch_1.pth'))
    said = run('--only', 'dsnt', '--steps', 'train')
    assert 'epoch 1/2' not in said and 'epoch 2/2' in said
    resumed = weights(run)['state_dict']
    for key, value in whole.items():
        torch.testing.assert_close(resumed[key], value, msg=key)


def test_weights_that_are_there_are_judged_and_timed_at_another_size(run):
    here = run.out.parent
    (here / 's.py').write_text(GIVEN)
    config = 'ipr-dsnt-rle_mobilenetv3-small_1xb16-5e_coco-256x192'
    config = Config.fromfile(mmpose_lightkpt.config_path(config))
    init_default_scope('mmpose')
    given = MODELS.build(config.model).state_dict()
    meta = dict(source='theirs.tflite')
    torch.save(dict(state_dict=given, meta=meta), here / 'given.pth')
    run()
    folder = run.out / 'small'
    assert not (folder / 'train').exists()
    record = json.loads((folder / 'evaluation.json').read_text())
    assert record['details']['input'] == '128x96'
    spec = json.loads((folder / 'bundle' / 'spec.json').read_text())
    assert (spec['name'], spec['input_size']) == ('small', [96, 128])
    times = json.loads((run.out / 'benchmark.json').read_text())
    assert times['reference'] == 'small' and not times['failures']
    told = 'Not trained in this study: small (given.pth, imported from theirs'
    assert told in (run.out / 'table.md').read_text()
