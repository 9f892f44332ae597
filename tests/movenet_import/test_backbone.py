"""An imported backbone under another head, as the documentation has it."""

import re
from pathlib import Path

import numpy as np
import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)
pytest.importorskip('ai_edge_litert')

import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from write_tflite import write_tflite  # noqa: E402

from mmpose_lightkpt import config_path  # noqa: E402
from mmpose_lightkpt.movenet_import.command import (  # noqa: E402
    CONFIGS,
    import_movenet,
)

pytestmark = pytest.mark.mmpose
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / 'configs/body_2d_keypoint/movenet/coco/movenet_coco.md'
WIDER = dict(type='LightMobileNetV2', widen_factor=1.75, last_channels=1280)


def build(config):
    init_default_scope('mmpose')
    torch.manual_seed(0)
    return MODELS.build(config.model)


def imported(channels, folder):
    """A checkpoint of a network that a file holds, and the network."""
    model = build(Config.fromfile(config_path(CONFIGS[channels]))).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
    file, path = folder / 'file.tflite', folder / 'imported.pth'
    file.write_bytes(write_tflite(model))
    import_movenet(file, path, 0, 0, lambda line: None)
    return path, model


def documented(path):
    """The page's config, with a checkpoint that is here."""
    (text,) = re.findall(r'```python\n(.*?)```', PAGE.read_text(), re.S)
    for here, there in (
        ("'configs/", f"'{ROOT}/configs/"),
        ("'lightning.pth'", f"'{path}'"),
    ):
        assert text.count(here) == 1
        text = text.replace(here, there)
    return Config.fromstring(text, '.py')


@pytest.mark.parametrize('channels, wider', [(32, {}), (56, WIDER)])
def test_every_tensor_arrives_and_computes_the_same(channels, wider, tmp_path):
    path, source = imported(channels, tmp_path)
    config = documented(path)
    config.model.backbone.update(wider)
    model = build(config)
    before = [value.clone() for value in model.head.parameters()]
    model.init_weights()
    state = torch.load(path, weights_only=True)['state_dict']
    found = model.backbone.state_dict()
    assert len(found) == sum(name.startswith('backbone.') for name in state)
    for name, value in found.items():
        assert torch.equal(value, state[f'backbone.{name}']), name
    assert any(
        not torch.equal(old, new)
        for old, new in zip(before, model.head.parameters())
    )

    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.integers(0, 255, (3, 64, 96), np.uint8))
    deepest = []
    for one in (model.eval(), source):
        data = one.data_preprocessor(
            dict(inputs=[image], data_samples=[]), False
        )
        with torch.no_grad():
            deepest.append(one.backbone(torch.stack(list(data['inputs'])))[-1])
    torch.testing.assert_close(*deepest, rtol=1e-4, atol=1e-5)


def test_a_checkpoint_without_a_backbone_is_named(tmp_path):
    path = tmp_path / 'head.pth'
    torch.save(dict(state_dict={'head.weight': torch.zeros(1)}), path)
    with pytest.raises(AssertionError, match='backbone'):
        build(documented(path)).init_weights()
