"""Heads that start on a heatmap's backbone."""

import pytest

from mmpose_lightkpt import MMPOSE_READY, config_path, configs_index

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmengine.runner import load_checkpoint  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmpose_lightkpt.study import load_study  # noqa: E402

pytestmark = pytest.mark.mmpose
STUDY = load_study(configs_index._root() / 'studies' / 'from_heatmap_lsp.py')
SWAPPED = [run for run in STUDY.runs if run.name.startswith('after-')]


def build(name, seed):
    init_default_scope('mmpose')
    torch.manual_seed(seed)
    return MODELS.build(Config.fromfile(config_path(name)).model)


@pytest.mark.parametrize('run', SWAPPED, ids=lambda run: run.name)
def test_the_backbone_is_the_heatmaps_and_the_head_its_own(run, tmp_path):
    rung = STUDY.run(run.start_from)
    trained = build(rung.config, seed=0).state_dict()
    torch.save(dict(state_dict=trained), tmp_path / 'heatmap.pth')
    model = build(run.config, seed=1)
    own = {k: v.clone() for k, v in model.head.state_dict().items()}
    # What the runner does with ``load_from``.
    load_checkpoint(model, str(tmp_path / 'heatmap.pth'), map_location='cpu')
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, trained[f'backbone.{key}']), key
    for key, value in model.head.state_dict().items():
        # One bias of SimCC has the name and shape of the heatmap's.
        if key != 'final_layer.bias':
            assert torch.equal(value, own[key]), key
