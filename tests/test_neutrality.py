"""Importing the package changes nothing of MMPose's own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
import mmpose_lightkpt  # noqa: E402

pytestmark = pytest.mark.mmpose
ROOT = Path(mmpose_lightkpt.__file__).parents[1]

# MMPose does not import on mmcv-lite without compat.py, so both children
# have it, from its file: only the package itself makes the difference.
COMPAT = f"""
import importlib.util
spec = importlib.util.spec_from_file_location(
    'compat', {str(ROOT / 'mmpose_lightkpt' / 'compat.py')!r})
compat = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compat)
compat.apply()
import mmdet.models, mmpose.apis, mmpose.codecs, mmpose.datasets
import mmpose.engine, mmpose.evaluation, mmpose.models, mmpose.visualization
"""

ENTRIES = (
    COMPAT
    + """
import random
import cv2, mmdet.registry, mmengine.registry, mmpose.registry, numpy, torch
from mmengine.registry import Registry
def entries():
    return {
        (module.__name__, registry, name): found
        for module in (mmengine.registry, mmpose.registry, mmdet.registry)
        for registry, value in vars(module).items()
        if isinstance(value, Registry)
        for name, found in value.module_dict.items()}
def state():
    return (torch.get_num_threads(), torch.get_default_dtype(),
            torch.backends.cudnn.deterministic, cv2.getNumThreads(),
            torch.backends.cudnn.benchmark, torch.is_grad_enabled(),
            torch.get_rng_state().sum().item(), random.getstate(),
            numpy.random.get_state()[1].sum(), numpy.geterr())
before, settings = entries(), state()
import mmpose_lightkpt
assert mmpose_lightkpt.MMPOSE_READY
assert state() == settings
after = entries()
for key, found in before.items():
    assert after[key] is found, key
new = {key: after[key] for key in after.keys() - before.keys()}
assert len(new) >= 5, new
for key, found in new.items():
    assert found.__module__.startswith('mmpose_lightkpt.'), key
"""
)

STOCK = {
    'heatmap': 'topdown_heatmap/coco/'
    'td-hm_mobilenetv2_8xb64-210e_coco-256x192.py',
    'simcc': 'simcc/coco/'
    'simcc_mobilenetv2_wo-deconv-8xb64-210e_coco-256x192.py',
    'rle': 'topdown_regression/coco/'
    'td-reg_mobilenetv2_rle-pretrained-8xb64-210e_coco-256x192.py',
    'rtmpose': 'rtmpose/coco/rtmpose-t_8xb256-420e_coco-256x192.py',
    'rtmo': 'rtmo/coco/rtmo-s_8xb32-600e_coco-640x640.py',
}

LOSSES = (
    """
import json, os, random, sys
stock, data, out = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
"""
    + COMPAT
    + """
import mmpose, numpy, torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import DATASETS, MODELS
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope
def forget_pretrained(node):
    if isinstance(node, dict):
        node.pop('init_cfg', None)
        node.pop('pretrained', None)
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list, tuple)):
            forget_pretrained(child)
init_default_scope('mmpose')
MessageHub.get_current_instance().update_info('iter', 0)
home = os.path.join(mmpose.__path__[0], '.mim/configs/body_2d_keypoint')
losses = {}
for family, path in stock.items():
    cfg = Config.fromfile(os.path.join(home, path))
    forget_pretrained(cfg.model)
    wanted = cfg.train_dataloader.dataset
    wanted.update(data_root=data, ann_file='annotations/train.json',
                  data_prefix=dict(img='images/'))
    wanted.pipeline = [  # albumentations is not part of the stack
        step for step in wanted.pipeline if step.type != 'Albumentation']
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):
        seed(5)
    dataset = DATASETS.build(wanted)
    model = MODELS.build(cfg.model).train()
    batch = pseudo_collate([dataset[0], dataset[1]])
    batch = model.data_preprocessor(batch, training=True)
    with torch.no_grad():
        found = model(**batch, mode='loss')
    losses[family] = {
        name: float(torch.as_tensor(value).sum()).hex()
        for name, value in found.items()}
with open(out, 'w') as file:
    json.dump(losses, file)
"""
)


def run_child(code, *args):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code, *map(str, args)],
        env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_registries_and_global_settings_stay_as_they_were():
    run_child(ENTRIES)


@pytest.mark.slow
def test_stock_configs_give_the_same_losses_with_and_without_us(
    draw_people, tmp_path
):
    data = draw_people([2, 1, 2, 1])
    losses = []
    for line in ('', 'import mmpose_lightkpt\n'):
        out = tmp_path / 'losses.json'
        run_child(line + LOSSES, json.dumps(STOCK), data, out)
        losses.append(json.loads(out.read_text()))
    assert set(losses[0]) == set(STOCK)
    for family in STOCK:
        values = [float.fromhex(v) for v in losses[0][family].values()]
        assert any(0 < value < float('inf') for value in values), family
        assert losses[0][family] == losses[1][family], family
