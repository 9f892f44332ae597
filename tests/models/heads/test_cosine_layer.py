"""The article's layer across the cells of a map."""

import pytest

from mmpose_lightkpt import MMPOSE_READY

if not MMPOSE_READY:
    pytest.skip('needs MMPose', allow_module_level=True)

import torch  # noqa: E402

from mmpose_lightkpt.models.heads.cosine_layer import CosineLayer  # noqa: E402

pytestmark = pytest.mark.mmpose


def test_cosines_are_those_of_the_layers_rows():
    layer, maps = CosineLayer(48), torch.randn(2, 5, 8, 6)
    torch.nn.init.zeros_(layer.linear.bias)
    found = layer(maps)
    wanted = torch.nn.functional.cosine_similarity(
        maps.flatten(2)[:, :, None], layer.linear.weight, dim=-1
    )
    torch.testing.assert_close(found, wanted.view_as(maps))
    assert not layer(maps * 0).any()


def test_a_new_layer_leaves_the_maps_where_they_are():
    layer, maps = CosineLayer(48), torch.randn(2, 5, 8, 6)
    layer.init_weights()
    norm = maps.flatten(2).norm(dim=-1)[..., None, None]
    torch.testing.assert_close(layer(maps), maps / norm)


def test_a_deployed_layer_computes_the_same():
    layer, maps = CosineLayer(48), torch.randn(2, 5, 8, 6)
    before = layer(maps)
    for _ in range(2):
        layer.switch_to_deploy({})
        torch.testing.assert_close(layer(maps), before)
    sides = layer.linear.weight.norm(dim=-1)
    torch.testing.assert_close(sides, torch.ones(48))
